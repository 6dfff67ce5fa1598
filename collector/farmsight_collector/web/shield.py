"""What stands before every request and around every answer: names, sizes, times, and the headers that keep us safe.

Sources: Content Security Policy Level 3; Fetch Metadata Request Headers;
RFC 9110, 7.2 (Host); RFC 9111, 5.2.2.5 (no-store); HTML, "Cross-origin opener policies".
"""

import asyncio
import contextlib
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from farmsight_collector.errors import TooMuchError
from farmsight_collector.web.addresses import Names

BODY_WITHIN_S: Final = 30.0
REST_WITHIN_S: Final = 1.0  # what is still on its way when the answer is known
READ_WITHIN_S: Final = 60.0  # how long a browser may take to read what it was sent before
FORM_BYTES: Final = 1 << 16  # beside the files
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: with that, browsers call the origin of our own forms "null" (Fetch, 3.2, "Origin" header).
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_STRICT: Final = "max-age=31536000"


class Shield:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, names: Names, most_bytes: int, *, strict: bool) -> None:
        """Let only these names in, and bodies up to so many bytes; `strict`: browsers shall use TLS from now on."""
        self._app = app
        self._names = names
        self._most_bytes = most_bytes + FORM_BYTES
        self._strict = strict

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        body = _Body(receive, self._most_bytes, complete=scope["method"] in SAFE, waits="expect" in headers)
        guarded = self._guarded(send, body)
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None:
            await refusal(scope, receive, guarded)
            return
        try:
            await self._app(scope, body.receive, guarded)
        except TooMuchError as error:  # once the application reads it; nothing is sent yet
            await PlainTextResponse(str(error), 413, {"connection": "close"})(scope, receive, guarded)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._names.known(hosts[0]):
            text = (
                "This collector does not go by that name. Use a name that is in `names` in collector.toml "
                "(or the url of [web], behind a reverse proxy), or its address in figures.\n"
            )
            return PlainTextResponse(text, 421)  # Misdirected Request, RFC 9110, 15.5.20
        # No page of another site can show a token: a browser would ask this collector first, and get no leave.
        by_token = headers.get("authorization", "").lower().startswith("bearer ")
        same_site = self._names.same_site(hosts[0], headers.get("origin"), headers.get("sec-fetch-site"))
        if method not in SAFE and not by_token and not same_site:
            return PlainTextResponse("This did not come from a page of this collector; nothing was changed.\n", 403)
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > 12 or int(length) > self._most_bytes:
            return PlainTextResponse(f"At most {self._most_bytes} bytes.\n", 413, {"connection": "close"})
        return None

    def _guarded(self, send: Send, body: "_Body") -> Send:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                await body.rest()
                if not body.complete:
                    headers["connection"] = "close"
                if self._strict:
                    headers.setdefault("strict-transport-security", _STRICT)
            async with asyncio.timeout(READ_WITHIN_S):
                await send(message)

        return guarded


class _Body:
    """The body of one request, as it comes."""

    def __init__(self, receive: Receive, most: int, *, complete: bool, waits: bool) -> None:
        self._receive = receive
        self._waits = waits  # for leave to be sent (RFC 9110, 10.1.1), which reading would give
        self._left = most
        self._until: float | None = None
        self.complete = complete

    async def receive(self) -> Message:
        if self.complete:  # from now on it only says that the browser went away, which may take hours
            return await self._receive()
        loop = asyncio.get_running_loop()
        self._until = self._until or loop.time() + BODY_WITHIN_S
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise TooMuchError(f"the body took longer than {BODY_WITHIN_S:.0f} s") from None
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self.complete = not message.get("more_body", False)
            if self._left < 0:
                raise TooMuchError("the body is larger than may be sent here")
        return message

    async def rest(self) -> None:
        """Take what is still on its way, for a moment and within a form's size.

        A connection closed over what was sent and not read is reset, and the answer lost with it (RFC 9112, 9.6).
        """
        left = FORM_BYTES
        with contextlib.suppress(TimeoutError, TooMuchError):
            async with asyncio.timeout(REST_WITHIN_S):
                while not (self.complete or self._waits) and left > 0:
                    message = await self.receive()
                    if message["type"] != "http.request":
                        return
                    left -= len(message.get("body", b""))
