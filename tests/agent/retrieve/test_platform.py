"""The platform's own answers beside ours, with a program in place of the one that speaks to CryptoAPI."""

import json
import sys
import threading

import pytest

from farmsight_agent.clock import SystemClock
from farmsight_agent.retrieve.aside import Aside
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.platform import LARGE, CryptoApi, Question, beside, of_this_process, question_of
from farmsight_agent.retrieve.run import retrieve_all
from farmsight_lab.servers import answers
from farmsight_wire.v1 import facts_pb2

CRL = facts_pb2.RETRIEVAL_PURPOSE_CRL
LIMITS = Limits(timeout_s=3.0)
ANSWER = "import sys\nfor line in sys.stdin: print('''{}''', flush=True)"
ECHO = "import sys\nfor line in sys.stdin:\n open(sys.argv[1], 'a').write(line)\n print('{{\"ok\": true}}', flush=True)"


def api(source, *arguments, limits=LIMITS):
    return CryptoApi(Aside([sys.executable, "-c", source, *arguments]), limits.max_bytes)


def ask(source, timeout_s=20):
    made = api(source)
    try:
        return made.ask(Question(url="http://pki/a.crl", kind="crl"), timeout_s, cached=False)
    finally:
        made.close()


def test_what_it_gave_is_told_by_size_and_hash():
    given = {"ok": True, "took_ms": 1200.0, "size": 812, "sha256": "ab" * 32}

    assert ask(ANSWER.format(json.dumps(given))) == facts_pb2.PlatformAnswer(
        ok=True, took=facts_pb2.DURATION_CLASS_UNDER_5_S, size=812, body_sha256=bytes.fromhex("ab" * 32)
    )


def test_what_it_failed_with_is_told_by_number():
    told = ask(ANSWER.format('{"error": "0x80092013", "took_ms": 3}'))

    assert told == facts_pb2.PlatformAnswer(error="0x80092013", took=facts_pb2.DURATION_CLASS_UNDER_1_S)


@pytest.mark.parametrize("source", ["", "print('<html>', flush=True)"])
def test_that_it_could_not_be_asked_is_neither(source):
    told = ask(source)

    assert told.detail.startswith("CryptoAPI could not be asked")
    assert not told.ok
    assert not told.error


def test_one_that_does_not_come_back_is_left(monkeypatch):
    monkeypatch.setattr("farmsight_agent.retrieve.platform._LONGER_S", 0.0)

    assert ask("while True: pass", 0.3).detail == "CryptoAPI did not come back within its own limit"


def test_it_is_asked_for_the_limits_of_ours_and_for_large_ones_undecoded(tmp_path):
    asked = tmp_path / "asked"
    made = api(ECHO.format(), str(asked))

    made.ask(Question(url="http://pki/a.crl", kind="crl", size=LARGE + 1), 2.5, cached=True)
    made.ask(Question(url="http://pki/a.crt", kind="certificates"), 2.5, cached=False)
    made.close()

    first, second = (json.loads(line) for line in asked.read_text().splitlines())
    assert first == {
        "op": "object",
        "url": "http://pki/a.crl",
        "kind": "crl",
        "cached": True,
        "timeout_ms": 2500,
        "max_bytes": LIMITS.max_bytes,
        "large": True,
        "login": False,
    }
    assert (second["kind"], second["cached"], second["large"]) == ("certificates", False, False)


def retrieval(url, purpose=CRL, outcome=facts_pb2.RETRIEVAL_OUTCOME_OK, **fields):
    return facts_pb2.Retrieval(url=url, purpose=purpose, outcome=outcome, **fields)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (retrieval("http://pki/a.crl"), "crl"),
        (retrieval("HTTPS://pki/a.crl", facts_pb2.RETRIEVAL_PURPOSE_DELTA), "crl"),
        (retrieval("ldap:///cn=ca?certificateRevocationList"), "crl"),
        (retrieval("http://pki/a.crt", facts_pb2.RETRIEVAL_PURPOSE_AIA), "certificates"),
        (retrieval("http://pki/a.crl", outcome=facts_pb2.RETRIEVAL_OUTCOME_REFUSED), "crl"),
        (retrieval("http://pki/ocsp", facts_pb2.RETRIEVAL_PURPOSE_OCSP), None),
        (retrieval("file://pki/a.crl"), None),
        (retrieval("http://pki/a.crl", outcome=facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN), None),
        (retrieval("http://user:secret@pki/a.crl"), None),
        (retrieval("http://[/a.crl"), None),
    ],
)
def test_what_is_asked_for(answer, kind):
    asked = question_of(answer)

    assert (asked.kind if asked else None) == kind


@pytest.mark.parametrize(
    ("answer", "login"),
    [
        (retrieval("http://pki/a.crl"), False),
        (retrieval("https://pki.contoso.com/a.crl"), False),
        (retrieval("http://pki/a.crl", proxy="proxy.contoso.com:8080"), True),
        (retrieval("ldap:///cn=ca?certificateRevocationList"), True),
        (retrieval("ldap://dc1.contoso.com/cn=ca?certificateRevocationList"), True),
        (retrieval("ldap://dc1.contoso.com@evil.test/cn=ca"), False),
        (retrieval("ldap://evil.test/cn=ca", proxy="proxy.contoso.com:8080"), False),
        (retrieval("ldap://[/cn=ca"), False),
    ],
)
def test_the_account_shows_itself_to_its_own_proxy_and_domain_alone(answer, login):
    asked = question_of(answer, lambda host: host.endswith(".contoso.com"))

    assert (asked.login if asked else False) is login


class Platform:
    """Answers at once, and keeps what it was asked in which thread."""

    def __init__(self):
        self.asked = []
        self.threads = set()
        self.closed = 0

    def ask(self, question, timeout_s, *, cached):
        self.asked.append((question.url, cached))
        self.threads.add(threading.current_thread().name)
        return facts_pb2.PlatformAnswer(ok=True, size=1 if cached else 2)

    def close(self):
        self.closed += 1


def test_each_url_is_asked_for_once_from_the_cache_and_once_over_the_wire():
    facts = [retrieval(f"http://pki/{n}.crl") for n in range(40)]
    platforms = (Platform(), Platform())

    beside(facts, platforms, LIMITS, None)

    assert [(one.platform_cache.size, one.platform_wire.size) for one in facts] == [(1, 2)] * 40
    asked = sorted(platforms[0].asked + platforms[1].asked)
    assert asked == sorted((f"http://pki/{n}.crl", cached) for n in range(40) for cached in (True, False))
    assert all(one.closed == 1 and len(one.threads) <= 1 for one in platforms)


def test_what_the_run_has_no_time_for_was_not_asked():
    fact, platform = retrieval("http://pki/a.crl"), Platform()

    beside([fact], (platform,), LIMITS, Deadline(SystemClock(), 0.0))

    assert platform.asked == []
    assert fact.platform_wire.detail == "the time for the whole run was over"


def test_it_is_asked_after_all_of_ours(ca, server):
    seen = []

    class Late(Platform):
        def ask(self, question, timeout_s, *, cached):
            seen.append(len(server.requests))
            return super().ask(question, timeout_s, cached=cached)

    server.put("/a.crl", answers.crl(ca.crl()))
    targets = [ca.target(server.url("/a.crl")), ca.target(server.url("/gone.crl"))]

    rows = list(
        retrieve_all(targets, LIMITS, SystemClock(), lambda data: b"", {}, platforms=(Late(),), deadline_s=30.0)
    )

    assert set(seen) == {2}
    assert all(fact.retrieval.platform_wire.ok and fact.retrieval.platform_cache.ok for fact, _ in rows)


def test_elsewhere_than_on_windows_nobody_is_asked(ca, server):
    server.put("/a.crl", answers.crl(ca.crl()))

    rows = list(retrieve_all([ca.target(server.url("/a.crl"))], LIMITS, SystemClock(), lambda data: b"", {}))

    assert of_this_process(LIMITS) == ()
    assert not rows[0][0].retrieval.HasField("platform_wire")
