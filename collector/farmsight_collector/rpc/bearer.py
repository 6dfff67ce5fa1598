"""Who asks questions: a bearer token, checked before any method of the query port runs."""

# The stubs' generics exist for the type checker alone.
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import grpc
import grpc.aio

from farmsight_collector.errors import CollectorError, IdentityError, status_of
from farmsight_collector.identity.access import Access, Caller
from farmsight_collector.metrics import Metrics
from farmsight_collector.rpc.peer import Context

# Probes of load balancers and orchestrators have no token, and learn nothing but "serving".
_OPEN: Final = "/grpc.health.v1.Health/"
_SCHEME: Final = "bearer "


class BearerTokens:
    """The tokens that let people in, each with its role."""

    def __init__(self, roles_by_token: Mapping[str, str], metrics: Metrics, access: Access | None = None) -> None:
        """Let these tokens in, and those that `access` knows."""
        self._access = access or Access(roles_by_token, lambda _hashed: None, lambda: 0.0)
        self._metrics = metrics

    def caller_of(self, metadata: object) -> Caller:
        """Return whose token stands in a call's metadata; raises IdentityError, and StoreError where it can't tell."""
        shown = [value for key, value in _pairs(metadata) if key.lower() == "authorization"]
        if len(shown) == 1 and isinstance(shown[0], str) and shown[0].lower().startswith(_SCHEME):
            caller = self._access.caller(shown[0][len(_SCHEME) :])
            if caller is not None:
                return caller
        self._metrics.add("refused_identity")
        raise IdentityError("a bearer token is needed (authorization: Bearer ...); it stands in query-token")

    def role_of(self, metadata: object) -> str:
        """Return the role of the token in a call's metadata; raises IdentityError."""
        return self.caller_of(metadata).role

    def check(self, context: Context) -> None:
        """Raise IdentityError when the caller shows no good token; every role may ask."""
        self.role_of(context.invocation_metadata())


class BearerInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[misc,unused-ignore]
    """Refuses every call without a good token, whatever the method, also unknown ones."""

    def __init__(self, tokens: BearerTokens) -> None:
        """Ask these tokens."""
        self._tokens = tokens

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Let the call through, or answer it with a refusal."""
        method = str(handler_call_details.method)
        if not method.startswith(_OPEN):
            try:
                # The store may be asked; the method's own check finds it remembered.
                await asyncio.to_thread(self._tokens.role_of, handler_call_details.invocation_metadata)
            except IdentityError as error:
                return _refusing(grpc.StatusCode.UNAUTHENTICATED, str(error))
            except CollectorError as error:
                return _refusing(*status_of(error))
        return await continuation(handler_call_details)


def _pairs(metadata: object) -> list[tuple[str, str | bytes]]:
    return [(pair[0], pair[1]) for pair in metadata or ()]  # type: ignore[attr-defined]


def _refusing(status: grpc.StatusCode, text: str) -> grpc.RpcMethodHandler[Any, Any]:
    async def refuse(_requests: object, context: Context) -> None:
        await context.abort(status, text)

    # Takes any call: with the handler of a stream, nothing of the request is read or parsed.
    return grpc.stream_stream_rpc_method_handler(refuse)  # type: ignore[arg-type,type-var,unused-ignore]
