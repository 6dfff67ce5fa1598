"""TelemetryService: one long-lived stream an agent."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from farmsight_collector.clock import Clock
from farmsight_collector.config import Bounds
from farmsight_collector.errors import InvalidRequestError, TooMuchError, told
from farmsight_collector.ingest.assembly import Assembly
from farmsight_collector.ingest.bounds import InFlight
from farmsight_collector.ingest.pipeline import Pipeline
from farmsight_collector.ingest.work import Blob, CheckIn, Greeting, Poison, Refusal, Report
from farmsight_collector.metrics import Metrics
from farmsight_collector.rpc.peer import Context, Peers
from farmsight_collector.rpc.session import Session
from farmsight_collector.rpc.sessions import Sessions
from farmsight_wire.v1 import telemetry_pb2
from farmsight_wire.v1.telemetry_pb2 import StreamRequest

log = logging.getLogger(__name__)

SERVICE: Final = telemetry_pb2.DESCRIPTOR.services_by_name["TelemetryService"].full_name
HELLO_WITHIN_S: Final = 30.0
FINISH_WITHIN_S: Final = 5.0
_INVALID: Final = telemetry_pb2.REFUSAL_REASON_INVALID
_TOO_LARGE: Final = telemetry_pb2.REFUSAL_REASON_TOO_LARGE


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Where frames go, and how much of them is taken."""

    pipeline: Pipeline
    in_flight: InFlight
    bounds: Bounds
    halves: Path  # the folder of blobs that are half sent
    patience_s: float  # how long a stream waits for room before it is refused


class TelemetryServicer:
    """Reads frames, bounds them, hands them to the writer.

    Frames come as bytes: what can't be parsed is one poison frame, not the
    end of a stream.
    """

    def __init__(self, peers: Peers, intake: Intake, sessions: Sessions, clock: Clock, metrics: Metrics) -> None:
        """Stand on the pipeline behind the intake."""
        self._peers = peers
        self._pipeline = intake.pipeline
        self._in_flight = intake.in_flight
        self._bounds = intake.bounds
        self._halves = intake.halves
        self._patience_s = intake.patience_s
        self._sessions = sessions
        self._clock = clock
        self._metrics = metrics

    async def Stream(self, _requests: object, context: Context) -> None:  # noqa: N802 - the contract's name
        """Take an agent's frames until it leaves, is cut off, or goes over a bound."""
        async with told(context):
            agent, shown = await self._peers.identify(context)
            hello = await self._hello(context)
            try:
                session = Session(
                    agent,
                    hello,
                    context,
                    not_after=shown.not_valid_after_utc,
                    clock=self._clock,
                    bounds=self._bounds,
                    load=self._in_flight,
                )
            except ValueError as error:
                raise InvalidRequestError(f"hello.clock: {error}") from error
            with self._sessions.open(session):
                await self._listen(session, hello, context)

    async def _listen(self, session: Session, hello: telemetry_pb2.Hello, context: Context) -> None:
        seen = session.seen(self._clock.now())
        try:
            session.under_way += 1
            self._pipeline.submit(Greeting(sender=session, seen=seen, oldest=hello.oldest_sequence))
            while (data := await context.read()) is not grpc.aio.EOF:
                await self._frame(session, bytes(data))
            await session.finish(FINISH_WITHIN_S)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not session.cut or task is None:
                raise  # the agent left, or gRPC ends
            task.uncancel()
            await context.abort(session.cut_code, session.cut)

    async def _hello(self, context: Context) -> telemetry_pb2.Hello:
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                data = await context.read()
        except TimeoutError as error:
            raise InvalidRequestError(f"no hello within {HELLO_WITHIN_S:.0f} s") from error
        try:
            frame = StreamRequest() if data is grpc.aio.EOF else StreamRequest.FromString(bytes(data))
        except DecodeError:
            frame = StreamRequest()
        if not frame.HasField("hello"):
            raise InvalidRequestError("the first frame must be hello")
        return frame.hello

    async def _frame(self, session: Session, data: bytes) -> None:
        self._metrics.add("frames")
        session.heard = self._clock.now()
        await self._within_bounds(session, len(data))
        try:
            frame = StreamRequest.FromString(data)
            kind = frame.WhichOneof("frame")
            if len(data) > self._bounds.frame_bytes:
                detail = f"frame: over the bound of {self._bounds.frame_bytes} bytes (frame_bytes)"
                self._poison(session, data, _sequence(frame), detail, _TOO_LARGE)
            elif kind == "report":
                self._report(session, frame.report, data)
            elif kind == "check_in":
                self._check_in(session, frame.check_in, data)
            elif kind == "blob":
                await self._blob(session, frame.blob, data)
            else:
                detail = "hello: only as the first frame" if kind == "hello" else "frame: none that is known here"
                self._poison(session, data, 0, detail)
        except DecodeError:
            self._poison(session, data, 0, "frame: it is no StreamRequest")

    async def _within_bounds(self, session: Session, size: int) -> None:
        """Take room for a frame; raises TooMuchError that names the bound."""
        bounds = self._bounds
        if not session.bucket.take(self._clock.monotonic()):
            self._metrics.add("refused_rate")
            raise TooMuchError(
                f"over the bound of {bounds.agent_frames_per_second} frames a second for one agent "
                "(agent_frames_per_second)"
            )
        if session.bucket.seconds_until(0.5):
            session.pace()
        if not await session.in_flight.take(size, self._patience_s):
            self._metrics.add("refused_in_flight")
            raise TooMuchError(
                f"over the bound of {bounds.agent_in_flight_bytes} bytes under way for one agent "
                "(agent_in_flight_bytes)"
            )
        if not await self._in_flight.take(size, self._patience_s):
            session.in_flight.give_back(size)
            self._metrics.add("refused_in_flight")
            raise TooMuchError(
                f"over the bound of {bounds.in_flight_bytes} bytes under way for all agents (in_flight_bytes)"
            )

    def _report(self, session: Session, report: telemetry_pb2.ProbeReport, data: bytes) -> None:
        received = self._clock.now()
        try:
            at = session.corrected(report.started, received)
        except ValueError as error:
            self._poison(session, data, report.sequence, f"report.started: {error}")
            return
        session.under_way += 1
        self._pipeline.submit(Report(sender=session, report=report, at=at, received=received, size=len(data)))

    def _check_in(self, session: Session, check_in: telemetry_pb2.CheckIn, data: bytes) -> None:
        received = self._clock.now()
        try:
            if check_in.sequence == 0:  # live: a measurement of the agent's clock
                session.hear_clock(check_in.clock, received)
            at = session.corrected(check_in.clock, received)
        except ValueError as error:
            self._poison(session, data, check_in.sequence, f"check_in.clock: {error}")
            return
        seen = session.seen_in_a_while(received, self._clock.monotonic())
        session.under_way += 1
        self._pipeline.submit(CheckIn(sender=session, check_in=check_in, at=at, seen=seen, size=len(data)))

    async def _blob(self, session: Session, chunk: telemetry_pb2.BlobChunk, data: bytes) -> None:
        if chunk.sha256 not in session.asked:
            self._poison(session, data, 0, "blob: it was not asked for")
            return
        if session.assembly is None:
            session.assembly = Assembly(self._halves, self._bounds.blob_bytes)
        try:
            file = session.assembly.take(chunk)
        except (InvalidRequestError, TooMuchError) as error:
            session.asked.discard(chunk.sha256)
            reason = _TOO_LARGE if isinstance(error, TooMuchError) else _INVALID
            self._poison(session, data, 0, str(error), reason)
            return
        except OSError as error:  # a full disk: it is asked for again at the next hello
            log.error("a blob could not be kept: %s", error.strerror)
            self._metrics.add("blobs_not_kept")
            session.asked.discard(chunk.sha256)
            file = None
        if file is None:
            self._in_flight.give_back(len(data))
            session.in_flight.give_back(len(data))
            return
        session.under_way += 1
        received = self._clock.now()
        self._pipeline.submit(Blob(sender=session, sha256=chunk.sha256, file=file, received=received, size=len(data)))

    def _poison(
        self,
        session: Session,
        data: bytes,
        sequence: int,
        detail: str,
        reason: telemetry_pb2.RefusalReason.ValueType = _INVALID,
    ) -> None:
        self._metrics.add("refused_too_large" if reason == _TOO_LARGE else "refused_invalid")
        refusal = Refusal(sequence=sequence, reason=reason, detail=detail)
        session.under_way += 1
        received = self._clock.now()
        self._pipeline.submit(Poison(sender=session, refusal=refusal, data=data, received=received, size=len(data)))


def _sequence(frame: StreamRequest) -> int:
    return frame.report.sequence or frame.check_in.sequence


def handler(servicer: TelemetryServicer) -> grpc.GenericRpcHandler:
    """Return what serves the service. Requests stay bytes; the servicer parses them."""
    stream: grpc.RpcMethodHandler[Any, Any] = grpc.stream_stream_rpc_method_handler(
        servicer.Stream,  # type: ignore[arg-type,type-var,unused-ignore] # grpc.aio takes coroutines
        request_deserializer=None,
        response_serializer=telemetry_pb2.StreamResponse.SerializeToString,
    )
    return grpc.method_handlers_generic_handler(SERVICE, {"Stream": stream})
