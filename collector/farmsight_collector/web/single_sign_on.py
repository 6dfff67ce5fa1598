"""The way to another service that knows people, and back."""

import base64
import binascii
import hmac
import json
import logging
from dataclasses import asdict
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from farmsight_collector.errors import AccessError
from farmsight_collector.web import answers
from farmsight_collector.web.addresses import local_path
from farmsight_collector.web.entry import TOO_OFTEN, Entry
from farmsight_collector.web.oidc import Beginning, Provider, ProviderError
from farmsight_collector.web.site import Site, client

log = logging.getLogger(__name__)

BEGINS: Final = "/sign-in/oidc"
COMES_BACK: Final = "/sign-in/oidc/callback"
_WITHIN_S: Final = 600
_NOT_BEGUN: Final = "This sign-in was not begun in this browser, or too long ago. Begin again."
_FAILED: Final = "Signing in with the other service failed; the collector's log says how."


class SingleSignOn:
    """The two addresses of signing in by OpenID Connect."""

    def __init__(self, site: Site, entry: Entry, provider: Provider) -> None:
        """Send people to this provider."""
        self._site = site
        self._entry = entry
        self._provider = provider
        self._cookie = f"{site.cookie}-oidc"

    def routes(self) -> list[Route]:
        """Return what answers."""
        return [
            Route(BEGINS, self.begin, methods=["GET"]),
            Route(COMES_BACK, self.come_back, methods=["GET"]),
        ]

    async def begin(self, request: Request) -> Response:
        """Send a browser away."""
        wanted = local_path(request.query_params.get("next", "/"))
        if not self._site.rates.allows(client(request)):
            return self._entry.form(request, wanted, TOO_OFTEN, 429)
        return await self._site.threads.run(lambda: self._begun(request, wanted))

    def _begun(self, request: Request, wanted: str) -> Response:
        try:
            begun = self._provider.begin(self._redirect(request))
        except ProviderError as error:
            return self._failed(request, wanted, error)
        response = answers.going_to(begun.address)
        held = json.dumps({**asdict(begun), "address": "", "next": wanted})
        response.set_cookie(
            self._cookie,
            base64.urlsafe_b64encode(held.encode()).decode(),
            max_age=_WITHIN_S,
            path="/",
            secure=self._cookie.startswith("__Host-"),
            httponly=True,
            samesite="lax",  # the answer comes from another site
        )
        return response

    async def come_back(self, request: Request) -> Response:
        """Let somebody in whom the service vouches for."""
        response = await self._site.threads.run(lambda: self._came_back(request))
        response.delete_cookie(
            self._cookie, path="/", secure=self._cookie.startswith("__Host-"), httponly=True, samesite="lax"
        )
        return response

    def _came_back(self, request: Request) -> Response:
        begun, wanted = self._held(request)
        given = request.query_params
        if begun is None or not hmac.compare_digest(begun.state.encode(), given.get("state", "").encode()):
            self._site.entrance.refused("oidc: not begun in this browser", client(request))
            return self._entry.form(request, wanted, _NOT_BEGUN, 403)
        try:
            if not self._provider.issuer_fits(given.get("iss")):
                raise ProviderError("the answer is of another issuer")
            answer = f"{self._redirect(request)}?{request.url.query}"
            who = self._provider.vouched(answer, self._redirect(request), begun)
        except AccessError as error:
            self._site.entrance.refused(f"oidc: {error}", client(request))
            return self._entry.form(request, wanted, str(error), 403)
        except ProviderError as error:
            return self._failed(request, wanted, error)
        secret, _ = self._site.entrance.open(
            name=who.name, role=who.role, came_by="oidc", address=f"{client(request)}, subject {who.subject}"
        )
        return self._entry.welcome(wanted, secret)

    def _failed(self, request: Request, wanted: str, error: ProviderError) -> Response:
        log.warning("signing in by OpenID Connect: %s", error)
        self._site.entrance.refused(f"oidc: {error}", client(request))
        return self._entry.form(request, wanted, _FAILED, 502)

    def _redirect(self, request: Request) -> str:
        names = self._site.names
        return (names.url or f"{names.scheme}://{request.headers['host']}") + COMES_BACK

    def _held(self, request: Request) -> tuple[Beginning | None, str]:
        try:
            told = json.loads(base64.urlsafe_b64decode(request.cookies.get(self._cookie, "").encode()))
            wanted = local_path(str(told.pop("next")))
            return Beginning(**{name: str(value) for name, value in told.items()}), wanted
        except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None, "/"
