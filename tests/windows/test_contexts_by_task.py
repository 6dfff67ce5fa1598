"""Contexts entered by a scheduled task.

Wine's Task Scheduler has no automation interface, so a stand-in is put in its
place: it takes the calls that ours would, reads the XML, and starts the
program. The pipes, their access lists, and who connects to them are Windows'
way, on Wine's implementation.
"""

import json
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from tests.windows.bed.wine_host import WineHost

Asked = Callable[..., dict[str, Any]]

WINE_USER = "S-1-5-21-0-0-0-1000"
DRIVER = r"""
import functools, json, os, subprocess, sys, time
import xml.etree.ElementTree as ET
import pythoncom
from farmsight_agent.contexts.runner import ChildRequest, ContextRunner
from farmsight_agent.contexts.windows import by_task
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import NotObservedError
from farmsight_wire.v1 import facts_pb2

NS = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"

class Scheduler:
    '''Answers as ITaskService, ITaskFolder, IRegisteredTask and the collection of tasks do, each by a method's name.'''

    def __init__(self, run=None, left=()):
        self.tasks = {name: None for name in left}
        self.registered, self.deleted, self.stopped = [], [], 0
        self.run = run or self.start

    def service(self, name, *arguments):
        return {"GetFolder": lambda path: self.folder}[name](*arguments)

    def folder(self, name, *arguments):
        return getattr(self, name)(*arguments)

    def GetTasks(self, flags):
        names = sorted(self.tasks)
        def tasks(name, *arguments):
            return {"Count": lambda: len(names), "Item": lambda n: lambda _: names[n - 1]}[name](*arguments)
        return tasks

    def RegisterTask(self, name, xml, flags, user, password, logon, sddl):
        self.registered.append([name, flags, user, password, logon, sddl])
        self.tasks[name] = ET.fromstring(xml.encode("utf-16"))
        def task(what, *arguments):
            answers = {"Run": lambda _: self.run(self.tasks[name]), "Stop": self.Stop}
            return 0x41301 if what == "LastTaskResult" else answers[what](*arguments)
        return task

    def DeleteTask(self, name, flags):
        self.tasks.pop(name)
        self.deleted.append(name)

    def Stop(self, flags):
        self.stopped += 1

    def start(self, task):
        action = task.find(f"{NS}Actions/{NS}Exec")
        line = f'"{action.findtext(NS + "Command")}" {action.findtext(NS + "Arguments")}'
        subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def call(scheduler, sid="WINE_USER", name="CONTOSO\\adfs$", op="whoami", script=None, deadline_s=20.0, within_s=20.0,
         payload={}):
    account = Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name=name, sid=sid, service="adfssrv")
    enter = functools.partial(by_task.scheduled_task, connect=lambda: scheduler.service, connect_within_s=within_s)
    command = {} if script is None else {"command": (sys.executable, "-I", "-c", script)}
    began = time.monotonic()
    try:
        runner = ContextRunner(None, blob_limit=1 << 20, enter=enter, **command)
        answer = runner.run(account, ChildRequest(op=op, deadline_s=deadline_s, payload=payload))
    except NotObservedError as error:
        told = {"error": type(error).__name__, "reason": error.reason, "detail": error.detail}
    else:
        source = facts_pb2.TokenSource.Name(answer.proof.token_source).removeprefix("TOKEN_SOURCE_")
        told = {"sid": answer.proof.sid, "source": source, "result": dict(answer.result)}
    return told | {"seconds": time.monotonic() - began, "registered": scheduler.registered,
                   "left": sorted(scheduler.tasks), "deleted": scheduler.deleted}

def tell(**told):
    print(json.dumps(told))
""".replace("WINE_USER", WINE_USER)


@pytest.fixture
def asked(shared_windows: WineHost) -> Asked:
    """Return how to run a piece of Python that ends in `tell(...)` on the host, and what it told."""

    def ask(text: str) -> dict[str, Any]:
        told = shared_windows.code(DRIVER + textwrap.dedent(text), timeout=90).strip().splitlines()
        return dict(json.loads(told[-1]))

    return ask


def test_a_managed_account_answers_through_its_task_which_is_gone_then(asked: Asked) -> None:
    told = asked("""
        nothing = {"values": []}
        chosen_from = {"authorities": [], "user_certificates": [], "urls": ["http://pki.contoso.com/a.crl"],
                       "shown": {"names": nothing, "authorities": nothing}}
        tell(**call(Scheduler(), op="select", payload=chosen_from))
    """)

    assert (told["sid"], told["source"]) == (WINE_USER, "SCHEDULED_TASK")
    assert [target["url"] for target in told["result"]["targets"]] == ["http://pki.contoso.com/a.crl"]
    [[name, flags, user, password, logon, sddl]] = told["registered"]
    assert name.startswith("farmsight-context-")
    assert (flags, user, password, logon) == (0x12, "CONTOSO\\adfs$", None, 1)
    assert sddl == "D:P(A;;FA;;;BA)(A;;FA;;;SY)"
    assert (told["left"], told["deleted"]) == ([], [name])


def test_a_large_request_goes_through_the_pipes_too(asked: Asked) -> None:
    told = asked("tell(**call(Scheduler(), payload={'x': 'y' * 900_000}))")

    assert (told["sid"], told["left"]) == (WINE_USER, [])


def test_a_task_that_does_not_start_is_unknown_with_its_result_and_is_gone(asked: Asked) -> None:
    told = asked("tell(**call(Scheduler(run=lambda task: None), within_s=1.5))")

    assert (told["error"], told["reason"]) == ("UnavailableError", "task-not-started")
    assert "0x00041301" in told["detail"]
    assert told["seconds"] < 5
    assert (told["left"], len(told["deleted"])) == ([], 1)


def test_a_task_that_may_not_be_run_is_denied_and_is_gone(asked: Asked) -> None:
    told = asked("""
        def refuse(task):
            raise pythoncom.com_error(-2147352567, "Exception occurred.", (0, None, None, None, 0, -2147024891), None)
        tell(**call(Scheduler(run=refuse)))
    """)

    assert (told["error"], told["reason"]) == ("DeniedError", "task-denied")
    assert told["left"] == []


@pytest.mark.parametrize(("number", "reason"), [(-2147023511, "task-logon-denied"), (-2147467259, "task-scheduler")])
def test_an_account_that_task_scheduler_does_not_take_is_unknown_because(
    asked: Asked, number: int, reason: str
) -> None:
    told = asked(f"""
        class Refusing(Scheduler):
            def RegisterTask(self, *arguments):
                raise pythoncom.com_error({number}, "text in some language", None, None)
        tell(**call(Refusing()))
    """)

    assert told["reason"] == reason
    assert f"0x{number & 0xFFFFFFFF:08X}" in told["detail"]


def test_another_account_than_asked_for_does_not_get_its_request(asked: Asked, shared_windows: WineHost) -> None:
    """The pipes let in NETWORK SERVICE, or the token of who came in is another's: either way it is nobody's answer."""
    told = asked("tell(**call(Scheduler(), sid='S-1-5-20', name='NT AUTHORITY\\\\NETWORK SERVICE', within_s=5))")

    assert told["reason"] in {"context-mismatch", "task-not-started"}
    [[_, _, user, _, logon, _]] = told["registered"]
    assert (user, logon) == ("S-1-5-20", 5)
    assert told["left"] == []
    shared_windows.wait_for(
        "the child's end", lambda: not [one for one in shared_windows.processes().values() if "--pipes" in one], 10
    )


def test_a_child_that_never_answers_ends_with_its_task(asked: Asked, shared_windows: WineHost) -> None:
    told = asked("""
        script = "import sys, time; from farmsight_agent.contexts.windows.being import speak_through;"
        script += "speak_through(sys.argv[-1]); time.sleep(4245.5)"
        tell(**call(Scheduler(), script=script, deadline_s=2))
    """)

    assert (told["error"], told["reason"], told["left"]) == ("TimedOutError", "deadline", [])
    shared_windows.wait_for(
        "the child's end", lambda: not [one for one in shared_windows.processes().values() if "4245.5" in one], 10
    )


def test_three_pipes_of_two_processes_are_no_child(asked: Asked) -> None:
    told = asked("""
        opener = "import sys, time; f = open(sys.argv[2] + '-' + sys.argv[1], sys.argv[3], 0); time.sleep(30)"
        def run(task):
            arguments = task.find(f"{NS}Actions/{NS}Exec").findtext(NS + "Arguments")
            pipes = arguments.split()[-1]
            for stream in "012":
                mode = "rb" if stream == "0" else "wb"
                subprocess.Popen([sys.executable, "-I", "-c", opener, stream, pipes, mode])
        tell(**call(Scheduler(run=run)))
    """)

    assert (told["error"], told["reason"]) == ("FailedError", "context-mismatch")
    assert told["left"] == []


def test_a_process_that_was_there_before_its_task_is_no_child_and_lives_on(asked: Asked) -> None:
    """A client's process number can be a lie, and a service that was named so would be ended with the call."""
    told = asked("""
        opener = "import os, sys, time\\nwhile not os.path.exists('C:/name.txt'): time.sleep(0.05)\\n"
        opener += "name = open('C:/name.txt').read()\\n"
        opener += "held = [open(f'{name}-{n}', mode, 0) for n, mode in enumerate(('rb', 'wb', 'wb'))]\\ntime.sleep(60)"
        old = subprocess.Popen([sys.executable, "-I", "-c", opener])
        time.sleep(2)
        def run(task):
            arguments = task.find(f"{NS}Actions/{NS}Exec").findtext(NS + "Arguments")
            with open("C:/name.new", "w") as file:
                file.write(arguments.split()[-1])
            os.rename("C:/name.new", "C:/name.txt")
        told = call(Scheduler(run=run))
        lives = old.poll() is None
        old.kill()
        tell(lives=lives, **told)
    """)

    assert (told["error"], told["reason"]) == ("FailedError", "context-mismatch")
    assert "before its task" in told["detail"]
    assert (told["lives"], told["left"]) == (True, [])


def test_tasks_of_agents_that_are_no_more_are_removed_and_no_others(asked: Asked) -> None:
    told = asked("""
        mine, gone = f"farmsight-context-{os.getpid()}-0a", "farmsight-context-400000001-0b"
        huge = "farmsight-context-4000000001-0c"
        tell(mine=mine, gone=gone, **call(Scheduler(left=(mine, gone, "GoogleUpdate", "farmsight-context-x", huge))))
    """)

    assert told["sid"] == WINE_USER
    assert told["left"] == sorted(
        ["GoogleUpdate", "farmsight-context-x", "farmsight-context-4000000001-0c", told["mine"]]
    )
    assert told["gone"] in told["deleted"]
