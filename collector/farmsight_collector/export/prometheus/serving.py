"""/metrics: who may ask, and the answer."""

import asyncio
import contextlib
import hmac
import ipaddress
import secrets
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from farmsight_collector.errors import StoreError
from farmsight_collector.export.prometheus.exposition import Exposition
from farmsight_collector.export.prometheus.settings import TOKEN_FILE
from farmsight_collector.identity.authority import write_secret

PATH: Final = "/metrics"
_BEARER: Final = "bearer "
_FORWARDED: Final = ("forwarded", "x-forwarded-for")


class Scraping:
    """The end point of one collector."""

    def __init__(self, exposition: Exposition, token: str, *, open_on_loopback: bool) -> None:
        """Answer who shows the token; with `open_on_loopback` also this machine, where no proxy stands between."""
        self._exposition = exposition
        self._token = token.encode()
        self._open = open_on_loopback

    @property
    def route(self) -> Route:
        """Return the route as an application takes it."""
        return Route(PATH, self.answer, methods=["GET"])

    async def answer(self, request: Request) -> Response:
        """Answer one scrape: 401 without the token, 503 while the store does not answer."""
        if not (self._shown(request) or (self._open and _from_here(request))):
            return Response("a token is needed\n", 401, {"WWW-Authenticate": 'Bearer realm="metrics"'}, "text/plain")
        try:
            made = await asyncio.to_thread(self._exposition.answer, request.headers.get("accept", ""))
        except StoreError:
            return Response("the store does not answer\n", 503, media_type="text/plain")
        return Response(made.body, headers={"Content-Type": made.content_type, "Cache-Control": "no-store"})

    def _shown(self, request: Request) -> bool:
        header = request.headers.get("authorization", "")
        shown = header[len(_BEARER) :].strip() if header[: len(_BEARER)].lower() == _BEARER else ""
        return hmac.compare_digest(shown.encode(), self._token)


def token(data: Path) -> str:
    """Return the token of the data folder, made at the first call; raises OSError."""
    file = data / TOKEN_FILE
    with contextlib.suppress(FileExistsError):
        write_secret(file, (secrets.token_urlsafe(32) + "\n").encode(), replacing=False)
    return file.read_text(encoding="ascii").strip()


def _from_here(request: Request) -> bool:
    """Tell whether it was this machine that asked, by itself: a proxy on it speaks for others."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(request.client.host).is_loopback
    return False
