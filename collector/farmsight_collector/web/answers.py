"""Responses: pages, parts and what goes wrong, each made in a thread."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from farmsight_collector.errors import CollectorError
from farmsight_collector.web.layout import layout
from farmsight_collector.web.page import Download
from farmsight_collector.web.refusals import refusal
from farmsight_collector.web.rendering import rendered
from farmsight_collector.web.site import Site, Visitor

HTMX: Final = "hx-request"
NO_STORE: Final = {"cache-control": "no-store"}


def page(template: str, around: Mapping[str, Any], values: Mapping[str, object], status: int = 200) -> Response:
    """Return a page. Raises what a faulty template raises."""
    return HTMLResponse(rendered(template, around, values), status_code=status, headers=NO_STORE)


def download(file: Download) -> Response:
    """Return a file that a browser keeps and never shows as a page (RFC 6266)."""
    headers = {**NO_STORE, "content-disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)


def going_to(path: str) -> Response:
    """Return what makes a browser ask for another path of this site."""
    return RedirectResponse(path, status_code=303, headers=NO_STORE)


def is_part(request: Request) -> bool:
    """Tell whether a script of ours asks for a piece of a page."""
    return request.headers.get(HTMX, "").lower() == "true"


def refused(
    site: Site,
    request: Request,
    error: BaseException,
    *,
    visitor: Visitor | None = None,
    choices: list[tuple[str, str]] | None = None,
    hint: str = "",
) -> Response:
    """Return what somebody is told of an error: a page, or a line where a part was asked for."""
    said = refusal(error, f"{request.method} {request.url.path}")
    if is_part(request):
        values: dict[str, object] = {"what": said.what, "number": said.number}
        return page("part_error.html.j2", {}, values, said.status)
    around = layout(site, request, title=said.title, visitor=visitor, now=site.desk.clock.now())
    values = {"what": said.what, "number": said.number, "hint": hint, "choices": choices or []}
    return page("page_error.html.j2", around, values, said.status)


def guarded(site: Site, request: Request, make: Callable[[], Response]) -> Response:
    """Return what `make` returns, or what is to be said of its error."""
    try:
        return make()
    except CollectorError as error:
        return refused(site, request, error)
    except Exception as error:  # a fault of a page must be told in words, and be seen in the log
        return refused(site, request, error)
