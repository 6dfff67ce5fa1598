"""Reads one child's answer, believes only what it checked, and leaves no process behind."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
from typing import Any, Final, NoReturn

import psutil
from google.protobuf.message import DecodeError

from farmsight_agent.clock import Clock
from farmsight_agent.contexts import protocol
from farmsight_agent.contexts.protocol import ChildAnswer, ChildRequest, FrameReader, ProtocolError
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, TimedOutError, UnavailableError
from farmsight_agent.probe import BlobSink
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import OUTCOME_BY_NAME

_LARGEST_MESSAGE: Final = 4 * 1024 * 1024
_MOST_ITEMS: Final = 20_000
_STDERR_KEPT: Final = 2000
_ERRORS: Final[dict[int, type[NotObservedError]]] = {
    error.outcome: error for error in (DeniedError, UnavailableError, TimedOutError, FailedError)
}


class AnswerReader:
    """One child and what it has said so far."""

    def __init__(
        self, process: subprocess.Popen[bytes], account: Account, blobs: BlobSink, blob_limit: int, clock: Clock
    ) -> None:
        """Take over the process: `close` ends it in any case."""
        self._process = process
        self._account = account
        self._blobs = blobs
        self._clock = clock
        self._frames = FrameReader(max(blob_limit, _LARGEST_MESSAGE))
        self._proof: facts_pb2.ContextProof | None = None
        self._facts: list[facts_pb2.Fact] = []
        self._samples: list[telemetry_pb2.Sample] = []
        self._result: dict[str, Any] = {}
        self._stderr = b""
        self._done = False

    def read(self, request: ChildRequest) -> ChildAnswer:
        """Send the request and return the complete answer; raises a NotObservedError."""
        try:
            self._exchange(request)
        except (ProtocolError, DecodeError, ValueError) as error:
            raise FailedError("child-answer", f"the child as {self._account.name} sent {error}") from error
        if not self._done or self._proof is None:
            self._ended_early()
        return ChildAnswer(
            proof=self._proof, facts=tuple(self._facts), samples=tuple(self._samples), result=self._result
        )

    def _exchange(self, request: ChildRequest) -> None:
        """Write the request and read the answer at the same time: neither pipe can block the other."""
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        assert stdin is not None and stdout is not None and stderr is not None  # noqa: PT018
        pending = memoryview(request.to_bytes())
        end = self._clock.monotonic() + request.deadline_s
        with selectors.DefaultSelector() as ready:
            os.set_blocking(stdin.fileno(), False)
            ready.register(stdin, selectors.EVENT_WRITE)
            ready.register(stdout, selectors.EVENT_READ)
            ready.register(stderr, selectors.EVENT_READ)
            while not self._done:
                left = end - self._clock.monotonic()
                if left <= 0:
                    raise TimedOutError("deadline", f"no answer as {self._account.name} in {request.deadline_s:g} s")
                for key, _ in ready.select(left):
                    if key.fileobj is stdin:
                        pending = self._send(pending)
                        if not pending:
                            ready.unregister(stdin)
                    elif key.fileobj is stderr:
                        if not self._keep_stderr(os.read(key.fd, 65536)):
                            ready.unregister(stderr)
                    elif not self._take(os.read(key.fd, 65536)):
                        return

    def _send(self, pending: memoryview) -> memoryview:
        assert self._process.stdin is not None
        try:
            return pending[os.write(self._process.stdin.fileno(), pending[:65536]) :]
        except BlockingIOError:
            return pending
        except BrokenPipeError:
            return pending[:0]  # it ended; its answer, or the lack of one, says the rest

    def _keep_stderr(self, data: bytes) -> bool:
        self._stderr = (self._stderr + data)[-_STDERR_KEPT:]
        return bool(data)

    def _take(self, data: bytes) -> bool:
        for kind, frame in self._frames.feed(data):
            if kind == protocol.BLOB and self._proof is not None:
                self._blobs.keep(frame)
            else:
                self._take_small(kind, bytes(frame))
        return bool(data)

    def _take_small(self, kind: int, frame: bytes) -> None:
        if kind == protocol.PROOF:
            self._prove(frame)
        elif kind == protocol.ERROR:
            self._raise(frame)
        elif self._proof is None:
            raise ProtocolError("something before its proof")
        elif kind == protocol.DONE:
            self._done = True
        elif kind == protocol.RESULT:
            self._result = dict(json.loads(frame))
        else:
            self._keep_item(kind, frame)

    def _keep_item(self, kind: int, frame: bytes) -> None:
        if len(self._facts) + len(self._samples) >= _MOST_ITEMS:
            raise ProtocolError(f"more than {_MOST_ITEMS} facts and samples")
        if kind == protocol.FACT:
            self._facts.append(facts_pb2.Fact.FromString(frame))
        else:
            self._samples.append(telemetry_pb2.Sample.FromString(frame))

    def _prove(self, frame: bytes) -> None:
        """Check who the child says it is, and who the kernel says it is."""
        proof = facts_pb2.ContextProof.FromString(frame)
        wanted = f"uid:{self._account.uid}"
        uids = psutil.Process(self._process.pid).uids()
        actual = {uids.real, uids.effective, uids.saved}
        if self._proof is not None or proof.sid != wanted or actual != {self._account.uid}:
            raise FailedError(
                "context-mismatch",
                f"asked as {self._account.name} ({wanted}), answered by {proof.sid or 'nobody'}, run by uids {actual}",
            )
        self._proof = proof

    def _raise(self, frame: bytes) -> NoReturn:
        said = json.loads(frame)
        outcome = OUTCOME_BY_NAME.get(str(said.get("outcome")), telemetry_pb2.PROBE_OUTCOME_FAILED)
        raise _ERRORS.get(outcome, FailedError)(
            str(said.get("reason"))[:100], str(said.get("detail"))[:2000], source=str(said.get("source") or "")[:200]
        )

    def _ended_early(self) -> NoReturn:
        status = self._exit_status()
        last = self._stderr.decode(errors="replace").strip().splitlines()[-1:] or ["nothing on its standard error"]
        if status == -signal.SIGXCPU:
            raise TimedOutError("processor-time", f"the child as {self._account.name} used up its processor time")
        raise UnavailableError("child-ended", f"the child as {self._account.name} ended ({status}): {last[0]}")

    def _exit_status(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(1.0)
        return None

    def close(self) -> None:
        """End the child and everything it started."""
        kill_tree(self._process)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a child that leads its own session, its process group, and its descendants of other groups."""
    descendants: list[psutil.Process] = []
    if process.returncode is None:
        with contextlib.suppress(psutil.Error):
            descendants = psutil.Process(process.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for descendant in descendants:
        with contextlib.suppress(psutil.Error):
            descendant.kill()
    if process.returncode is None:
        process.wait()
