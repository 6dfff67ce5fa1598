"""Signing in by a token, and out again."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from farmsight_collector.errors import AccessError, TokenError
from farmsight_collector.web import answers
from farmsight_collector.web.addresses import local_path
from farmsight_collector.web.forms import sent
from farmsight_collector.web.layout import layout
from farmsight_collector.web.site import Site, client, visitor

_FORM_BYTES: Final = 1 << 14
_WORDS: Final = {
    "unknown": "That is no token of this collector. Was it copied whole?",
    "used": "That token was used before; it is good once. Make another: farmsight-collector web token",
    "expired": "That token has expired. Make another: farmsight-collector web token",
    "revoked": "That token was revoked. Make another: farmsight-collector web token",
}
TOO_OFTEN: Final = "Too many tries from this address. Wait a minute."


class Entry:
    """The pages of signing in and out."""

    def __init__(self, site: Site, single_sign_on: str) -> None:
        """`single_sign_on` is what its button says, empty when there is none."""
        self._site = site
        self._single_sign_on = single_sign_on

    async def ask(self, request: Request) -> Response:
        """Show the form."""
        wanted = local_path(request.query_params.get("next", "/"))
        return await self._site.threads.run(lambda: self._asked(request, wanted))

    def _asked(self, request: Request, wanted: str) -> Response:
        if visitor(self._site, request) is not None:
            return answers.going_to(wanted)
        return self.form(request, wanted)

    def form(self, request: Request, wanted: str, problem: str = "", status: int = 200) -> Response:
        """Return the form, with what was wrong."""
        around = layout(self._site, request, title="Sign in", visitor=None, now=self._site.desk.clock.now())
        values = {
            "problem": problem,
            "next": wanted,
            "oidc": self._single_sign_on,
            "oidc_address": f"/sign-in/oidc?{urlencode({'next': wanted})}",
        }
        return answers.page("sign_in.html.j2", around, values, status)

    async def enter(self, request: Request) -> Response:
        """Exchange a token for a session."""
        form = await sent(request, _FORM_BYTES)
        fields = dict(form.pairs)
        wanted = local_path(fields.get("next", "/"))
        if not self._site.rates.allows(client(request)):
            return self.form(request, wanted, TOO_OFTEN, 429)
        return await self._site.threads.run(lambda: self._entered(request, wanted, fields.get("token", "")[:200]))

    def _entered(self, request: Request, wanted: str, token: str) -> Response:
        try:
            secret, _ = self._site.entrance.by_token(token, client(request))
        except TokenError as error:
            return self.form(request, wanted, _WORDS[error.kind], 403)
        return self.welcome(wanted, secret)

    def welcome(self, wanted: str, secret: str) -> Response:
        """Return the way on, with the session's cookie (RFC 6265bis, 4.1)."""
        response = answers.going_to(wanted)
        response.set_cookie(
            self._site.cookie,
            secret,
            max_age=self._site.desk.config.web.session_hours * 3600,
            path="/",
            secure=self._site.cookie.startswith("__Host-"),
            httponly=True,
            samesite="lax",  # strict would forget who somebody is that follows a colleague's link
        )
        return response

    async def leave(self, request: Request) -> Response:
        """Sign out."""
        form = await sent(request, _FORM_BYTES)
        return await self._site.threads.run(lambda: self._left(request, form.proves))

    def _left(self, request: Request, proves: object) -> Response:
        assert callable(proves)
        who = visitor(self._site, request)
        if who is not None and not proves(who.csrf):
            error = AccessError("This form is not of your session any more. You are still signed in.")
            return answers.refused(self._site, request, error, visitor=who)
        if who is not None:
            self._site.entrance.end(who.session)
        around = layout(self._site, request, title="Signed out", visitor=None, now=self._site.desk.clock.now())
        response = answers.page("signed_out.html.j2", around, {})
        response.delete_cookie(
            self._site.cookie, path="/", secure=self._site.cookie.startswith("__Host-"), httponly=True, samesite="lax"
        )
        response.headers["clear-site-data"] = '"cache"'
        return response
