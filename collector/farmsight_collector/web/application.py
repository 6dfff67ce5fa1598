"""The web application: every address with what answers it."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from farmsight_collector.errors import CollectorError, NotFoundError
from farmsight_collector.identity.access import Access
from farmsight_collector.web import answers, home, views
from farmsight_collector.web.api.service import mounted
from farmsight_collector.web.assets import assets
from farmsight_collector.web.entry import Entry
from farmsight_collector.web.oidc import Provider
from farmsight_collector.web.shield import Shield
from farmsight_collector.web.single_sign_on import SingleSignOn
from farmsight_collector.web.site import RENEWAL, Site, visitor

_FOR_EVER: Final = "public, max-age=31536000, immutable"  # RFC 8246; the address has the digest of what it names
Endpoint = Callable[[Request], Awaitable[Response]]


def application(
    site: Site,
    more: list[Route],
    *,
    provider: Provider | None = None,
    access: Access | None = None,
    strict: bool = False,
) -> ASGIApp:
    """Return the application.

    `more` are addresses for programs, `provider` is another service that
    knows people, and `access` who may use the API; None: there is none.
    """
    entry = Entry(site, site.desk.config.oidc.name if provider else "")
    routes = [
        Route("/", _in_thread(site, lambda request: home.arrived(site, request)), methods=["GET"]),
        Route("/sign-in", entry.ask, methods=["GET"]),
        Route("/sign-in", entry.enter, methods=["POST"]),
        Route("/sign-out", entry.leave, methods=["POST"]),
        Route("/live", _live(site), methods=["GET"]),
        Route("/static/{digest}/{name:path}", _static, methods=["GET"]),
        Route("/favicon.ico", _icon, methods=["GET"]),
        *(SingleSignOn(site, entry, provider).routes() if provider else ()),
        *more,
        *((mounted(site, access),) if access else ()),
        *(Route(one.path, views.acts(site, one), methods=["POST"], name=one.name) for one in site.actions),
        *(Route(one.path, views.shows(site, one), methods=["GET"], name=one.name) for one in site.parts),
        *(Route(one.path, views.shows(site, one), methods=["GET"], name=one.name) for one in site.pages),
    ]

    async def failed(request: Request, error: Exception) -> Response:
        wrong: Exception = error
        if isinstance(error, HTTPException):
            if error.status_code != 404:
                return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
            wrong = NotFoundError("There is no such page.")
        return await site.threads.run(lambda: _refused(site, request, wrong))

    handlers = {HTTPException: failed, CollectorError: failed}
    app = Starlette(routes=routes, exception_handlers=handlers)
    return Shield(app, site.names, site.desk.config.web.upload_bytes, strict=strict)


def _refused(site: Site, request: Request, error: Exception) -> Response:
    try:
        who = visitor(site, request)
    except CollectorError:  # the store can't be asked; the error is told all the same
        who = None
    return answers.refused(site, request, error, visitor=who, choices=[("/", "to the start")])


def _in_thread(site: Site, make: Callable[[Request], Response]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await site.threads.run(lambda: answers.guarded(site, request, lambda: make(request)))

    return endpoint


def _live(site: Site) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        async def still() -> bool:
            return await site.threads.run(lambda: _is_still_in(site, request))

        if not await still():
            return Response(status_code=401)
        return site.live.answer(request.query_params.get("farm", "")[:300], still)

    return endpoint


def _is_still_in(site: Site, request: Request) -> bool:
    # That a page hears of changes is no sign that somebody is there.
    asked = Request({**request.scope, "headers": [*request.scope["headers"], (RENEWAL.encode(), b"1")]})
    return visitor(site, asked) is not None


async def _static(request: Request) -> Response:
    files = assets()
    asset = files.files.get(request.path_params["name"])
    if asset is None:
        return PlainTextResponse("There is no such file.\n", 404)
    fresh = request.path_params["digest"] == files.digest
    return Response(
        asset.content, media_type=asset.media_type, headers={"cache-control": _FOR_EVER if fresh else "no-store"}
    )


async def _icon(_request: Request) -> Response:
    asset = assets().files["icon.svg"]
    return Response(asset.content, media_type=asset.media_type, headers={"cache-control": "public, max-age=86400"})
