"""Answers the API: who asks, what, and the answer or the refusal as JSON."""

import hmac
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.message import Message
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from farmsight_collector.clock import timestamp
from farmsight_collector.errors import AccessError, CollectorError, IdentityError, InvalidRequestError, TooMuchError
from farmsight_collector.identity.access import Access
from farmsight_collector.queries import questions
from farmsight_collector.queries.instants import asked_for
from farmsight_collector.web.api import requests
from farmsight_collector.web.api.contract import document
from farmsight_collector.web.api.questions import BASE, QUESTIONS, Question
from farmsight_collector.web.forms import CSRF_HEADER
from farmsight_collector.web.refusals import refusal
from farmsight_collector.web.site import Site, visitor

_NO_STORE: Final = {"cache-control": "no-store"}
_SCHEME: Final = "bearer "
_MOST_BYTES: Final = 256 * 1024
Endpoint = Callable[[Request], Awaitable[Response]]


def mounted(site: Site, access: Access) -> Mount:
    """Return the API, to be mounted in the web application."""
    routes = [Route("/openapi.json", _described(site, access), methods=["GET"])]
    for one in QUESTIONS:
        if one.got:
            routes.append(Route(one.path, _answers(site, access, one, _by_parameters(site, one)), methods=["GET"]))
        if one.posted:
            routes.append(Route(one.path, _answers(site, access, one, _by_body(one)), methods=["POST"]))
    handlers: dict[Any, Any] = {HTTPException: _not_there, CollectorError: _failed, Exception: _failed}
    return Mount(BASE, app=Starlette(routes=routes, exception_handlers=handlers))


async def _not_there(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = {404: "There is no such address; openapi.json lists them all.", 405: "Not by this method."}
    told = {"status": error.status_code, "title": error.detail, "what": what.get(error.status_code, error.detail)}
    return JSONResponse({"error": told}, error.status_code, {**_NO_STORE, **(error.headers or {})})


async def _failed(request: Request, error: Exception) -> Response:
    told = refusal(error, f"{request.method} {request.url.path}")
    found = {"status": told.status, "title": told.title, "what": told.what}
    more = {"number": told.number} if told.number else {}
    headers = {**_NO_STORE, **({"www-authenticate": "Bearer"} if told.status == 401 else {})}
    return JSONResponse({"error": found | more}, told.status, headers)


def _described(site: Site, access: Access) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        await site.threads.run(lambda: _let_in(site, access, request))
        return JSONResponse(document(), headers=_NO_STORE)

    return endpoint


Read = Callable[[Request, bytes], Message]


def _answers(site: Site, access: Access, one: Question, read: Read) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        # Who asks is known before anything of the body is read.
        await site.threads.run(lambda: _let_in(site, access, request))
        body = await _body(request) if request.method == "POST" else b""
        return await site.threads.run(lambda: _answer(site, one, request, read(request, body)))

    return endpoint


def _by_parameters(site: Site, one: Question) -> Read:
    def read(request: Request, _body: bytes) -> Message:
        pairs = request.query_params.multi_items()
        kept = [pair for pair in pairs if not (one.scoped and pair[0] == "at")]
        return requests.by_parameters(one, kept, site.desk.clock.now())

    return read


def _by_body(one: Question) -> Read:
    def read(request: Request, body: bytes) -> Message:
        if unknown := [name for name in request.query_params if name != "at"]:
            raise InvalidRequestError(f"{unknown[0][:60]}: stands in the body; as a parameter there is: at")
        return requests.by_body(one, body)

    return read


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "application/json is expected")
    found = bytearray()
    try:
        async for piece in request.stream():
            found += piece
            if len(found) > _MOST_BYTES:
                raise TooMuchError(f"a body of at most {_MOST_BYTES} bytes")
    except ClientDisconnect as error:
        raise InvalidRequestError("the body did not come whole") from error
    return bytes(found)


def _let_in(site: Site, access: Access, request: Request) -> None:
    """Raise IdentityError for nobody's request, AccessError for a session's POST that no page of ours made."""
    shown = request.headers.get("authorization", "")
    if shown.lower().startswith(_SCHEME):
        if access.caller(shown[len(_SCHEME) :]) is None:
            raise IdentityError("this token lets nobody in; farmsight-collector web token --api makes one")
        return
    who = visitor(site, request)
    if who is None:
        raise IdentityError("a token is needed (authorization: Bearer ...), or the session of the web page")
    if request.method == "POST" and not hmac.compare_digest(
        request.headers.get(CSRF_HEADER, "").encode(), who.csrf.encode()
    ):
        raise AccessError(f"with a session, a POST needs the header {CSRF_HEADER}")


def _answer(site: Site, one: Question, request: Request, asked: Message) -> Response:
    now, farm = site.desk.clock.now(), request.path_params.get("farm", "")
    with site.desk.store.read() as connection:
        if one.scoped:
            scope = asked.scope  # type: ignore[attr-defined] # each such request has one
            scope.farm = farm
            given = request.query_params.getlist("at")
            if len(given) > 1:
                raise InvalidRequestError("at: given more than once")
            if given and given[0].strip():
                at = asked_for(connection, farm, now, given[0], "", partial(requests.instant, "at", now=now))
                scope.as_of.CopyFrom(timestamp(at))
        asking = questions.Asking(connection=connection, now=now, work_out=site.evaluations.get)
        found = questions.QUESTIONS[one.method](asking, asked)
    document = json_format.MessageToJson(
        found, preserving_proto_field_name=True, always_print_fields_with_no_presence=True, indent=None
    )
    return Response(document, media_type="application/json", headers=_NO_STORE)
