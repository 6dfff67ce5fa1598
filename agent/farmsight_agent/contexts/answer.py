"""Reads one child's answer, and believes only what it checked."""

import json
from typing import Any, Final, NoReturn

from google.protobuf.message import DecodeError

from farmsight_agent.clock import Clock
from farmsight_agent.contexts import protocol
from farmsight_agent.contexts.child_process import Child
from farmsight_agent.contexts.protocol import ChildAnswer, ChildRequest, FrameReader, ProtocolError
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, TimedOutError, UnavailableError
from farmsight_agent.probe import BlobSink
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import OUTCOME_BY_NAME

_LARGEST_MESSAGE: Final = 4 * 1024 * 1024
_MOST_ITEMS: Final = 20_000
_ERRORS: Final[dict[int, type[NotObservedError]]] = {
    error.outcome: error for error in (DeniedError, UnavailableError, TimedOutError, FailedError)
}


class AnswerReader:
    """One child and what it has said so far."""

    def __init__(self, child: Child, account: Account, blobs: BlobSink, blob_limit: int, clock: Clock) -> None:
        """Read from a child that was started as the account; blobs go into `blobs`."""
        self._child = child
        self._account = account
        self._blobs = blobs
        self._clock = clock
        self._frames = FrameReader(max(blob_limit, _LARGEST_MESSAGE))
        self._proof: facts_pb2.ContextProof | None = None
        self._facts: list[facts_pb2.Fact] = []
        self._samples: list[telemetry_pb2.Sample] = []
        self._result: dict[str, Any] = {}
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
        end = self._clock.monotonic() + request.deadline_s
        if not self._child.exchange(request.to_bytes(), self._take, lambda: end - self._clock.monotonic()):
            raise TimedOutError("deadline", f"no answer as {self._account.name} in {request.deadline_s:g} s")

    def _take(self, data: bytes) -> bool:
        """Take bytes of the answer; return whether more belong to it."""
        for kind, frame in self._frames.feed(data):
            if kind == protocol.BLOB and self._proof is not None:
                self._blobs.keep(frame)
            else:
                self._take_small(kind, bytes(frame))
        return not self._done

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
        """Check who the child says it is, and who the system says it is."""
        proof = facts_pb2.ContextProof.FromString(frame)
        if self._proof is not None:
            raise ProtocolError("a second proof")
        if contradiction := self._child.contradiction(proof):
            raise FailedError("context-mismatch", contradiction)
        self._proof = proof

    def _raise(self, frame: bytes) -> NoReturn:
        said = json.loads(frame)
        outcome = OUTCOME_BY_NAME.get(str(said.get("outcome")), telemetry_pb2.PROBE_OUTCOME_FAILED)
        raise _ERRORS.get(outcome, FailedError)(
            str(said.get("reason"))[:100], str(said.get("detail"))[:2000], source=str(said.get("source") or "")[:200]
        )

    def _ended_early(self) -> NoReturn:
        how = self._child.ended()
        said = self._child.stderr.decode(errors="replace").strip().splitlines()
        if how.out_of_time:
            raise TimedOutError("processor-time", f"the child as {self._account.name} used up its processor time")
        last = said[-1] if said else "nothing on its standard error"
        raise UnavailableError("child-ended", f"the child as {self._account.name} ended ({how.status}): {last}")
