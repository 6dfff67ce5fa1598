"""Reads one child's answer, and believes only what it checked."""

from typing import Any, Final, NoReturn

from google.protobuf.message import DecodeError

from farmsight_agent.clock import Clock
from farmsight_agent.contexts import operations, protocol
from farmsight_agent.contexts.child_process import SOMEBODY_ELSE, Child
from farmsight_agent.contexts.protocol import ChildAnswer, ChildRequest, FrameReader, ProtocolError, json_object
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, TimedOutError, UnavailableError
from farmsight_agent.probe import BlobSink
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.vocabulary import OUTCOME_BY_NAME

_MOST_ITEMS: Final = 20_000
# A message takes up to fifty times its bytes when it is read: all of them must fit into the agent's memory.
_LARGEST_MESSAGE: Final = 2 * 1024 * 1024
_MOST_BYTES: Final = 8 * 1024 * 1024
_LARGEST_ERROR: Final = 64 * 1024
_ERRORS: Final[dict[int, type[NotObservedError]]] = {
    error.outcome: error for error in (DeniedError, UnavailableError, TimedOutError, FailedError)
}


class AnswerReader:
    """One child, one request, and what it has said so far.

    Some children run as an account that others may have taken over: what is
    taken from one is bounded, and of the one kind that its operation yields.
    """

    def __init__(self, child: Child, account: Account, request: ChildRequest, blobs: BlobSink, clock: Clock) -> None:
        """Read from a child that was started as the account; blobs go into `blobs`."""
        self._child = child
        self._account = account
        self._request = request
        self._blobs = blobs
        self._clock = clock
        at_most = {protocol.BLOB: request.blob_limit, protocol.ERROR: _LARGEST_ERROR}
        at_most[protocol.RESULT] = protocol.LARGEST_REQUEST if request.op in operations.FINDERS else 0
        self._frames = FrameReader(_LARGEST_MESSAGE, at_most)
        self._proof: facts_pb2.ContextProof | None = None
        self._facts: dict[str, facts_pb2.Fact] = {}
        self._samples: list[telemetry_pb2.Sample] = []
        self._result: dict[str, Any] = {}
        self._items = self._bytes = 0
        self._done = False

    def read(self) -> ChildAnswer:
        """Send the request and return the complete answer; raises a NotObservedError."""
        try:
            self._exchange()
        except (ProtocolError, DecodeError) as error:
            raise FailedError("child-answer", f"the child as {self._account.name} sent {error}") from error
        if not self._done or self._proof is None:
            self._ended_early()
        return ChildAnswer(
            proof=self._proof, facts=tuple(self._facts.values()), samples=tuple(self._samples), result=self._result
        )

    def _exchange(self) -> None:
        seconds = self._request.deadline_s
        end = self._clock.monotonic() + seconds
        if not self._child.exchange(self._request.to_bytes(), self._take, lambda: end - self._clock.monotonic()):
            raise TimedOutError("deadline", f"no answer as {self._account.name} in {seconds:g} s")

    def _take(self, data: bytes) -> bool:
        """Take bytes of the answer; return whether more belong to it."""
        for kind, frame in self._frames.feed(data):
            if kind == protocol.PROOF:
                self._prove(bytes(frame))
            elif kind == protocol.ERROR:
                self._raise(bytes(frame))
            elif self._proof is None:
                raise ProtocolError("something before its proof")
            else:
                self._take_proven(kind, frame)
        return not self._done

    def _take_proven(self, kind: int, frame: bytes | memoryview) -> None:
        if kind == protocol.DONE:
            self._done = True
        elif kind == protocol.RESULT:
            self._result = json_object(bytes(frame))
        else:
            self._count(kind, len(frame))
            if kind == protocol.BLOB:
                self._blobs.keep(frame)
            elif kind == protocol.FACT:
                self._take_fact(facts_pb2.Fact.FromString(bytes(frame)))
            else:
                self._samples.append(telemetry_pb2.Sample.FromString(bytes(frame)))

    def _count(self, kind: int, size: int) -> None:
        self._items += 1
        self._bytes += 0 if kind == protocol.BLOB else size  # those are the sink's to bound
        if self._items > _MOST_ITEMS or self._bytes > _MOST_BYTES:
            raise ProtocolError(f"more than {_MOST_ITEMS} blobs, facts and samples, or {_MOST_BYTES} bytes of them")

    def _take_fact(self, fact: facts_pb2.Fact) -> None:
        """Take a fact; one of another kind, or two of one name, would spoil what other accounts were told."""
        kind = fact.WhichOneof("value")
        observer = operations.OBSERVERS.get(self._request.op)
        if observer is None or kind != observer.yields:
            raise ProtocolError(f"a fact of kind {kind}, asked to {self._request.op}")
        if fact.key in self._facts:
            raise ProtocolError(f"two facts {fact.key[:200]!r}")
        self._facts[fact.key] = fact

    def _prove(self, frame: bytes) -> None:
        """Check who the child says it is, and who the system says it is."""
        proof = facts_pb2.ContextProof.FromString(frame)
        if self._proof is not None:
            raise ProtocolError("a second proof")
        if contradiction := self._child.contradiction(proof):
            raise FailedError(SOMEBODY_ELSE, contradiction)
        # What else it says of itself nobody checked; the name of this SID here is the one it was asked by.
        self._proof = facts_pb2.ContextProof(
            sid=proof.sid,
            account=self._account.name,
            elevated=proof.elevated,
            token_source=self._child.token_source,
        )

    def _raise(self, frame: bytes) -> NoReturn:
        said = json_object(frame)
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
