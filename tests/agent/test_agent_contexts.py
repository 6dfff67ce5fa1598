"""Calls as other accounts: real children, believed only as far as they are checked."""

import os
import pwd
import sys
import time

import psutil
import pytest

from farmsight_agent.contexts.protocol import BLOB, DONE, FACT, HEADER, PROOF, RESULT, FrameReader, ProtocolError
from farmsight_agent.contexts.runner import ChildRequest, ContextRunner
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import FailedError, NotObservedError, TimedOutError, UnavailableError
from farmsight_wire.v1 import facts_pb2

ME = pwd.getpwuid(os.geteuid())
OWN = Account(context=facts_pb2.CONTEXT_CALLER, name=ME.pw_name, uid=ME.pw_uid, gid=ME.pw_gid)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")


class Kept:
    def __init__(self):
        self.blobs = []

    def keep(self, data):
        self.blobs.append(data)
        return b""


def runner(script=None, blobs=None, **limits):
    command = {} if script is None else {"command": (sys.executable, "-I", "-c", script)}
    return ContextRunner(blobs or Kept(), blob_limit=1 << 20, **command, **limits)


SPEAK = f"""
import os, struct, subprocess, sys, time
from farmsight_wire.v1 import facts_pb2
def say(kind, data=b''):
    sys.stdout.buffer.write(struct.pack('>BI', kind, len(data)) + data)
    sys.stdout.buffer.flush()
def prove(uid=None):
    uid = os.geteuid() if uid is None else uid
    say({PROOF}, facts_pb2.ContextProof(sid=f'uid:{{uid}}', elevated=uid == 0).SerializeToString())
sys.stdin.readline()
"""


@pytest.mark.parametrize("piece", [1, 7, 65536, 1 << 20])
def test_blobs_pass_in_one_buffer_however_the_bytes_are_cut(piece):
    large = bytes(range(256)) * 2048
    frames = [(FACT, b"x"), (BLOB, large if piece > 1 else large[:999]), (BLOB, b""), (DONE, b"")]
    data = b"".join(HEADER.pack(kind, len(body)) + body for kind, body in frames)
    reader = FrameReader(1 << 20)

    seen = [one for start in range(0, len(data), piece) for one in reader.feed(data[start : start + piece])]

    assert seen == frames
    assert isinstance(seen[1][1], memoryview)


def test_a_child_has_the_proxy_of_its_accounts_environment_and_nothing_else_of_it(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("LD_PRELOAD_NOT", "x")
    script = f"import json\n{SPEAK}prove(); say({RESULT}, json.dumps(dict(os.environ)).encode()); say({DONE})"

    answer = runner(script).run(OWN, ChildRequest(op="select"))

    assert answer.result["https_proxy"] == "http://proxy:3128"
    assert "LD_PRELOAD_NOT" not in answer.result
    assert answer.proof.sid == f"uid:{ME.pw_uid}"
    assert answer.proof.account == ME.pw_name
    assert answer.proof.token_source == facts_pb2.TOKEN_SOURCE_OWN_PROCESS


def test_a_child_that_claims_other_rights_than_it_has_is_thrown_away():
    lie = f"facts_pb2.ContextProof(sid='uid:{ME.pw_uid}', elevated={ME.pw_uid != 0}).SerializeToString()"
    with pytest.raises(FailedError, match="context-mismatch"):
        runner(SPEAK + f"say({PROOF}, {lie}); say({DONE}); time.sleep(5)").run(OWN, ChildRequest(op="whoami"))


@needs_root
def test_as_root_a_child_becomes_the_account_for_good():
    nobody = pwd.getpwnam("nobody")
    account = Account(context=facts_pb2.CONTEXT_NETWORK_SERVICE, name="nobody", uid=nobody.pw_uid, gid=nobody.pw_gid)

    answer = runner().run(account, ChildRequest(op="whoami"))

    assert answer.proof.sid == f"uid:{nobody.pw_uid}"
    assert answer.proof.token_source == facts_pb2.TOKEN_SOURCE_SETUID
    assert answer.proof.elevated is False


@needs_root
def test_a_child_that_claims_the_account_but_still_is_root_is_thrown_away():
    nobody = pwd.getpwnam("nobody")
    account = Account(context=facts_pb2.CONTEXT_NETWORK_SERVICE, name="nobody", uid=nobody.pw_uid, gid=nobody.pw_gid)
    with pytest.raises(FailedError, match="context-mismatch"):
        runner(SPEAK + f"prove({nobody.pw_uid}); say({DONE}); time.sleep(5)").run(account, ChildRequest(op="whoami"))


def test_a_child_of_another_uid_than_asked_is_thrown_away():
    with pytest.raises(FailedError, match="context-mismatch"):
        runner(SPEAK + f"prove(4242); say({DONE}); time.sleep(5)").run(OWN, ChildRequest(op="whoami"))


def test_facts_before_the_proof_are_not_believed():
    with pytest.raises(FailedError, match="child-answer"):
        runner(SPEAK + f"say({FACT}); prove(); say({DONE})").run(OWN, ChildRequest(op="whoami"))


def test_an_answer_that_is_cut_off_is_no_answer():
    with pytest.raises(UnavailableError, match="child-ended"):
        runner(SPEAK + "prove()").run(OWN, ChildRequest(op="whoami"))


def test_a_child_that_never_answers_is_killed_with_its_grandchildren():
    sleeper = "subprocess.Popen(['sleep', '4242.5'], start_new_session=%s);"
    script = SPEAK + sleeper % True + sleeper % False + "time.sleep(60)"
    with pytest.raises(TimedOutError, match="deadline"):
        runner(script).run(OWN, ChildRequest(op="whoami", deadline_s=1.5))
    time.sleep(0.1)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "4242.5" in (p.info["cmdline"] or [])]


def test_a_child_that_wants_all_memory_is_stopped_by_its_limit():
    script = SPEAK + f"prove(); b = bytearray(2 << 30); say({DONE})"
    with pytest.raises(UnavailableError, match="MemoryError"):
        runner(script, memory_limit=512 << 20).run(OWN, ChildRequest(op="whoami"))


def test_a_child_that_prints_garbage_is_a_failure_not_a_crash():
    with pytest.raises(FailedError, match="child-answer"):
        runner(SPEAK + "sys.stdout.write('hello, world\\n' * 100); sys.stdout.flush(); time.sleep(5)").run(
            OWN, ChildRequest(op="whoami")
        )


def test_an_operation_that_breaks_says_how():
    with pytest.raises(FailedError, match="no-such-operation"):
        runner().run(OWN, ChildRequest(op="format-disk"))


def test_a_large_request_does_not_block_and_a_blob_reaches_the_sink():
    kept = Kept()
    script = (
        SPEAK.replace("sys.stdin.readline()", "n = len(sys.stdin.readline())")
        + f"prove(); say(4, b'x' * n); say({DONE})"
    )
    runner(script, kept).run(OWN, ChildRequest(op="whoami", payload={"x": "y" * 900_000}))
    assert len(kept.blobs[0]) > 900_000


def test_an_account_that_is_not_there_is_unavailable():
    ghost = Account(context=facts_pb2.CONTEXT_SYSTEM, name="ghost")
    with pytest.raises(NotObservedError, match="no-account"):
        runner().run(ghost, ChildRequest(op="whoami"))
    state = runner().availability(ghost)
    assert (state.available, "no-account" in state.reason) == (False, True)


def test_frames_come_out_whole_however_the_stream_is_cut():
    data = b"".join(HEADER.pack(kind, len(body)) + body for kind, body in ((1, b"a"), (2, b"bc" * 100), (6, b"")))
    reader = FrameReader(1000)
    found = [frame for n in range(len(data)) for frame in reader.feed(data[n : n + 1])]
    assert found == [(1, b"a"), (2, b"bc" * 100), (6, b"")]
    with pytest.raises(ProtocolError):
        list(FrameReader(10).feed(HEADER.pack(2, 11)))
