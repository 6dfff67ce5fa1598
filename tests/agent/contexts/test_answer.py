"""What is believed of a child's answer, whatever platform it was started on."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.contexts.child_process import Ended, Limits
from farmsight_agent.contexts.protocol import (
    BLOB,
    DONE,
    ERROR,
    FACT,
    HEADER,
    PROOF,
    RESULT,
    SAMPLE,
    Become,
    FrameReader,
    ProtocolError,
)  # fmt: skip
from farmsight_agent.contexts.runner import ChildRequest, ContextRunner
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError, TimedOutError, UnavailableError
from farmsight_wire.v1 import facts_pb2, telemetry_pb2

ADFS = Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="CONTOSO\\adfs$", sid="S-1-5-21-1-2-3-1104")
PROVEN = facts_pb2.ContextProof(sid=ADFS.sid, account=ADFS.name, elevated=False)


class Told:
    """A child that says what it was given to say; the system says that it runs as AD FS's account."""

    become: Become | None = None
    token_source = facts_pb2.TOKEN_SOURCE_SERVICE_PROCESS

    def __init__(self, *pieces: bytes, in_time: bool = True, end: Ended | None = None, stderr: bytes = b"") -> None:
        self.pieces, self.in_time = pieces, in_time
        self.end = end or Ended(status="0")
        self.stderr = stderr
        self.request = b""
        self.closed = 0

    def exchange(self, request: bytes, hear: Callable[[bytes], bool], left: Callable[[], float]) -> bool:
        self.request = request
        assert left() > 0
        return (all(hear(piece) for piece in self.pieces) and self.in_time) or self.in_time

    def contradiction(self, proof: facts_pb2.ContextProof) -> str:
        return "" if proof.sid == ADFS.sid else f"run by {ADFS.sid}, answered by {proof.sid}"

    def ended(self) -> Ended:
        return self.end

    def close(self) -> None:
        self.closed += 1


class Blobs(list[bytes]):
    def keep(self, data: bytes | memoryview) -> bytes:
        self.append(bytes(data))
        return b""


def frame(kind: int, body: bytes = b"") -> bytes:
    return HEADER.pack(kind, len(body)) + body


def proof(message: facts_pb2.ContextProof = PROVEN) -> bytes:
    return frame(PROOF, message.SerializeToString())


def fact(key: str) -> bytes:
    return frame(FACT, facts_pb2.Fact(key=key, retrieval=facts_pb2.Retrieval(url=key)).SerializeToString())


def answer_of(child: Told, blobs: Blobs | None = None, op: str = "retrieve"):
    entered: list[tuple[Account, Sequence[str], Limits]] = []

    def enter(account: Account, command: Sequence[str], limits: Limits) -> Told:
        entered.append((account, command, limits))
        return child

    runner = ContextRunner(blobs if blobs is not None else Blobs(), blob_limit=1000, memory_limit=77, enter=enter)
    try:
        return runner.run(ADFS, ChildRequest(op=op, deadline_s=5.0))
    finally:
        assert child.closed == 1
        assert entered[0][2] == Limits(memory=77, processor_s=15)


def test_facts_and_samples_carry_the_context_and_the_proof_with_its_token_source():
    claimed = facts_pb2.ContextProof(sid=PROVEN.sid, account="CONTOSO\\Administrator" * 1000, elevated=False)
    sample = telemetry_pb2.Sample(key="x", value=1.0)
    blobs = Blobs()

    answer = answer_of(
        Told(
            proof(claimed) + frame(BLOB, b"crl"),
            fact("http://pki/contoso.crl") + frame(SAMPLE, sample.SerializeToString()),
            frame(DONE),
            b"what comes after the end is not read",
        ),
        blobs,
    )

    assert answer.facts[0].context == facts_pb2.CONTEXT_ADFS_SERVICE
    lent = facts_pb2.TOKEN_SOURCE_SERVICE_PROCESS
    assert answer.facts[0].asked_by == facts_pb2.ContextProof(
        sid=ADFS.sid, account=ADFS.name, elevated=False, token_source=lent
    )
    assert answer.samples[0].context == facts_pb2.CONTEXT_ADFS_SERVICE
    assert blobs == [b"crl"]


def test_a_result_is_taken_where_the_operation_has_one():
    said = proof() + frame(RESULT, b'{"csr": "x"}') + frame(DONE)

    assert answer_of(Told(said), op="identity").result == {"csr": "x"}
    with pytest.raises(FailedError, match="child-answer"):
        answer_of(Told(said), op="retrieve")


@pytest.mark.parametrize("kind", [FACT, SAMPLE])
def test_facts_and_samples_are_bounded_in_all(kind):
    """Each within its bound, together more than the agent may use."""
    large = [facts_pb2.Fact(key=f"{n}", retrieval={"url": "x" * (1 << 20)}).SerializeToString() for n in range(9)]
    sample = telemetry_pb2.Sample(key="x" * (1 << 20)).SerializeToString()
    frames = [frame(kind, one if kind == FACT else sample) for one in large]

    assert answer_of(Told(proof(), *frames[:7], frame(DONE)))
    with pytest.raises(FailedError, match="child-answer"):
        answer_of(Told(proof(), *frames, frame(DONE)))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (proof(facts_pb2.ContextProof(sid="S-1-5-20")) + frame(DONE), "context-mismatch"),
        (proof(facts_pb2.ContextProof()) + frame(DONE), "context-mismatch"),
        (frame(DONE), "child-answer"),
        (frame(BLOB, b"x") + proof(), "child-answer"),
        (proof() + proof(), "child-answer"),
        (frame(PROOF, b"\xff" * 5), "child-answer"),
        (proof() + frame(FACT, b"\xff" * 5), "child-answer"),
        (proof() + frame(99), "child-answer"),
        (proof() + HEADER.pack(FACT, 1 << 31), "child-answer"),
        (proof() + frame(SAMPLE) * 20_001, "child-answer"),
        (proof() + frame(BLOB) * 20_001, "child-answer"),
        (proof() + HEADER.pack(BLOB, 1001), "child-answer"),
        (proof() + HEADER.pack(ERROR, 1 << 17), "child-answer"),
        (proof() + frame(FACT), "child-answer"),
        (proof() + frame(FACT, facts_pb2.Fact(key="k", agent={}).SerializeToString()), "child-answer"),
        (proof() + fact("k") + fact("k"), "child-answer"),
        (frame(ERROR, b"[" * 60_000), "child-answer"),
        (frame(ERROR, b"[]"), "child-answer"),
        (frame(ERROR, b"7"), "child-answer"),
        (b"Fatal Python error: not a frame at all", "child-answer"),
    ],
)
def test_what_can_not_be_believed_is_a_failure(said, reason):
    with pytest.raises(FailedError) as caught:
        answer_of(Told(said))
    assert caught.value.reason == reason


@pytest.mark.parametrize("result", [b"[not json", b"[]", b"3", b"[" * 2_000_000, b"\xff"])
def test_a_result_that_is_no_object_is_a_failure(result):
    with pytest.raises(FailedError, match="child-answer"):
        answer_of(Told(proof() + frame(RESULT, result)), op="select")


def test_a_child_out_of_processor_time_has_timed_out():
    with pytest.raises(TimedOutError, match="processor-time"):
        answer_of(Told(proof(), end=Ended(status="1816", out_of_time=True)))


def test_a_child_that_ended_early_is_unavailable_with_its_last_words():
    with pytest.raises(UnavailableError, match=r"child-ended: .*\(0xC0000135\): MemoryError"):
        answer_of(Told(proof(), end=Ended(status="0xC0000135"), stderr=b"Traceback\nMemoryError\n"))


def test_a_child_that_is_not_done_in_time_has_timed_out():
    with pytest.raises(TimedOutError, match="deadline"):
        answer_of(Told(proof(), in_time=False))


def test_a_childs_own_outcome_is_passed_on_within_bounds():
    with pytest.raises(DeniedError) as caught:
        answer_of(Told(frame(ERROR, b'{"outcome": "denied", "reason": "%s", "detail": "d"}' % (b"r" * 5000))))
    assert len(caught.value.reason) == 100


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_no_bytes_of_a_child_bring_the_agent_down(pieces):
    child = Told(*pieces)
    with pytest.raises(NotObservedError):  # a proof with the right SID is not found by chance
        answer_of(child)


frames = st.lists(st.tuples(st.integers(PROOF, RESULT), st.binary(max_size=300)), max_size=6)


def cut(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted({0, len(data), *(place % (len(data) + 1) for place in cuts)})
    return (data[start:end] for start, end in pairwise(places))


@given(frames, st.lists(st.integers(0, 5000), max_size=20))
def test_frames_come_out_as_they_went_in_however_they_are_cut(wanted, cuts):
    reader = FrameReader(300)
    data = b"".join(frame(kind, body) for kind, body in wanted)

    seen = [(kind, bytes(body)) for piece in cut(data, cuts) for kind, body in reader.feed(piece)]

    assert seen == wanted


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_any_bytes_are_frames_or_a_protocol_error(data, cuts):
    reader = FrameReader(100)
    try:
        for piece in cut(data, cuts):
            for kind, body in reader.feed(piece):
                assert PROOF <= kind <= RESULT
                assert len(body) <= 100
    except ProtocolError:
        pass
