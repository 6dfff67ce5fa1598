"""Before the port of agents: who is not known may ask to become known, and do nothing else.

TLS lets two kinds of callers in here: agents, by a certificate of the
collector's own CA, and servers that want to enrol, by an identity that anyone
can make (`farmsight_wire.v1.bootstrap`). For the latter nothing but enrolment is
open, and nothing of a call is read before that is decided: what they may make
this process hold is bounded in number, size and time.
"""

# The stubs' generics exist for the type checker alone.
from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, TypeAlias
from weakref import WeakValueDictionary

import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from farmsight_collector.errors import InvalidRequestError, TooMuchError, told
from farmsight_collector.rpc import peer
from farmsight_collector.rpc.peer import Context, Peers
from farmsight_wire.v1 import enrolment_pb2

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Reads: TypeAlias = Callable[[bytes], Any]
ENROLMENT_BYTES: Final = 256 << 10  # of one call; also of an agent's that is not its stream
_SERVICE: Final = enrolment_pb2.DESCRIPTOR.services_by_name["EnrollmentService"].full_name
OPEN: Final = frozenset({f"/{_SERVICE}/Enroll", f"/{_SERVICE}/Recover"})
_AT_ONCE: Final = 32  # calls of strangers that are read or decided
_OF_ONE_ADDRESS: Final = 8  # of these: who says nothing keeps nobody else out
_TURN_WITHIN_S: Final = 10.0
_READ_WITHIN_S: Final = 5.0


class Gate(grpc.aio.ServerInterceptor):  # type: ignore[misc,unused-ignore]
    """Looks at the peer of every call, whatever the method; methods that are added later are closed to strangers."""

    def __init__(self, peers: Peers) -> None:
        """Know agents by these."""
        self._peers = peers
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._each: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()  # by address, while in use

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """Let the call through, or answer it with a refusal."""
        inner = await continuation(handler_call_details)
        if inner is None:
            return None
        is_open = str(handler_call_details.method) in OPEN
        if inner.request_streaming:
            return self._of_stream(inner)
        return self._of_message(inner, is_open=is_open)

    def _of_stream(self, inner: Handler) -> Handler:
        served: Any = inner.stream_stream

        async def guarded(requests: object, context: Context) -> None:
            async with told(context):
                self._peers.prove(context)
            await served(requests, context)

        return _handler(guarded, inner.request_deserializer, inner.response_serializer)

    def _of_message(self, inner: Handler, *, is_open: bool) -> Handler:
        served: Any = inner.unary_stream if inner.response_streaming else inner.unary_unary
        read: Any = inner.request_deserializer

        async def guarded(_requests: object, context: Context) -> None:
            async with told(context), self._let_in(context, is_open=is_open):
                request = _parsed(await _read(context), read)
                if inner.response_streaming:
                    await served(request, context)
                else:
                    await context.write(await served(request, context))

        # As a stream: gRPC reads a message of any other kind of call before it asks anybody.
        return _handler(guarded, None, inner.response_serializer)

    @contextlib.asynccontextmanager
    async def _let_in(self, context: Context, *, is_open: bool) -> AsyncIterator[None]:
        """Let agents in at once, strangers to what is open in their turn; raises IdentityError, TooMuchError."""
        if not is_open:
            self._peers.prove(context)
        if not is_open or self._peers.proves_itself(context):
            yield
            return
        theirs = self._each.setdefault(peer.address(context), asyncio.Semaphore(_OF_ONE_ADDRESS))
        async with contextlib.AsyncExitStack() as held:
            try:
                async with asyncio.timeout(_TURN_WITHIN_S):
                    await held.enter_async_context(theirs)
                    await held.enter_async_context(self._turns)
            except TimeoutError as error:
                raise TooMuchError("too many servers ask to enrol at once; try again in a minute") from error
            yield


async def _read(context: Context) -> bytes:
    """Return the one message of a call; raises InvalidRequestError, TooMuchError."""
    try:
        async with asyncio.timeout(_READ_WITHIN_S):
            data = await context.read()
    except TimeoutError as error:
        raise InvalidRequestError(f"no request within {_READ_WITHIN_S:.0f} s") from error
    if data is grpc.aio.EOF:
        raise InvalidRequestError("the call carries no request")
    if len(data) > ENROLMENT_BYTES:
        raise TooMuchError(f"the request has {len(data)} bytes, over the bound of {ENROLMENT_BYTES}")
    return bytes(data)


def _parsed(data: bytes, read: Reads) -> object:
    try:
        return read(data)
    except DecodeError as error:
        raise InvalidRequestError("the request can't be read") from error


def _handler(
    behaviour: Callable[[object, Context], Awaitable[None]], read: Reads | None, write: Callable[[Any], bytes] | None
) -> Handler:
    return grpc.stream_stream_rpc_method_handler(
        behaviour,  # type: ignore[arg-type,type-var,unused-ignore] # grpc.aio takes coroutines
        request_deserializer=read,
        response_serializer=write,
    )
