"""A process aside, with programs that answer, hang, end and babble; and the scripts asked through it."""

import sys
import time

import psutil
import pytest

from farmsight_agent.retrieve.aside import Aside, AsideError
from farmsight_agent.retrieve.proxy_scripts import ScriptRunner
from farmsight_agent.retrieve.proxy_windows import ScriptError, Verdict
from farmsight_agent.retrieve.url import parse

ECHO = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"
SPIN = "while True: pass"
PAC = "http://wpad/proxy.pac"


@pytest.fixture
def aside():
    made = []

    def start(source):
        made.append(Aside([sys.executable, "-c", source]))
        return made[-1]

    yield start
    for one in made:
        one.close()


def children():
    return psutil.Process().children()


def test_it_answers_each_question(aside):
    one = aside(ECHO)

    assert one.ask({"n": 1}, 20) == {"n": 1}
    assert one.ask({"n": 2}, 20) == {"n": 2}
    assert len(children()) == 1


def test_nothing_runs_before_the_first_question(aside):
    aside(ECHO)

    assert children() == []


def test_one_that_spins_is_ended_in_time(aside):
    began = time.monotonic()

    with pytest.raises(TimeoutError):
        aside(SPIN).ask({}, 0.3)

    assert time.monotonic() - began < 5
    assert children() == []


def test_after_it_was_ended_the_next_question_starts_a_new_one(aside):
    source = "import sys\nline = sys.stdin.readline()\nprint(line, end='', flush=True)\nwhile 'hang' in line: pass"
    one = aside(source)

    assert one.ask({"hang": 1}, 20) == {"hang": 1}
    with pytest.raises(TimeoutError):
        one.ask({}, 0.3)
    assert one.ask({"n": 3}, 20) == {"n": 3}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "ended"),
        ("import os; os.abort()", "ended"),
        ("print('[1]', flush=True); input()", "no answer"),
        ("print('<html>', flush=True); input()", "no answer"),
        ("print('x' * 10_000_000, flush=True); input()", "no answer"),
    ],
)
def test_what_is_no_answer_is_told(aside, source, said):
    with pytest.raises(AsideError, match=said):
        aside(source).ask({}, 20)
    assert children() == []


def test_a_program_that_is_not_there_is_told():
    with pytest.raises(AsideError):
        Aside(["/nowhere/python"]).ask({}, 20)


def answering(line):
    return f"import sys\nfor _ in sys.stdin: print('''{line}''', flush=True)"


def test_a_script_gives_its_verdict(aside):
    runner = ScriptRunner(aside(answering('{"proxies": "a:1;b:2", "bypass": ""}')), 20)

    assert runner.evaluate(PAC, parse("http://pki/")) == Verdict(proxies="a:1;b:2")


@pytest.mark.parametrize(
    ("script", "code", "said", "lasting", "silent"),
    [
        (PAC, 12167, "could not be fetched", True, False),
        (PAC, 12166, "not one that WinHTTP can run", False, False),
        (PAC, 12015, "behind a login", True, False),
        (PAC, 5, r"gave no answer \(error 5\)", False, False),
        (PAC, 12180, "gave no answer", True, False),
        ("", 12180, "gave no answer", True, True),
    ],
)
def test_why_a_script_gives_none(aside, script, code, said, lasting, silent):
    runner = ScriptRunner(aside(answering(f'{{"error": {code}}}')), 20)

    with pytest.raises(ScriptError, match=said) as caught:
        runner.evaluate(script, parse("http://pki/"))
    assert (caught.value.lasting, caught.value.silent) == (lasting, silent)


def test_an_endless_script_is_left_after_its_time(aside):
    with pytest.raises(ScriptError, match=r"did not answer within 0\.3 s") as caught:
        ScriptRunner(aside(SPIN), 0.3).evaluate(PAC, parse("http://pki/"))
    assert caught.value.lasting
