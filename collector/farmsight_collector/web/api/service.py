"""Answers the API: who asks, what, and the answer or the refusal as JSON."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.message import Message
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from farmsight_collector.alerts import asked as operations
from farmsight_collector.errors import AccessError, CollectorError, IdentityError, InvalidRequestError, TooMuchError
from farmsight_collector.identity.access import Access, Caller
from farmsight_collector.queries import questions
from farmsight_collector.web.api import requests
from farmsight_collector.web.api.contract import document
from farmsight_collector.web.api.questions import BASE, EVERY, Question
from farmsight_collector.web.api.scoped import asking_of
from farmsight_collector.web.api.streams import Streams
from farmsight_collector.web.forms import CSRF_HEADER
from farmsight_collector.web.refusals import refusal
from farmsight_collector.web.site import RENEWAL, Site, visitor

_NO_STORE: Final = {"cache-control": "no-store"}
SCHEME: Final = "bearer "
_MOST_BYTES: Final = 256 * 1024
Endpoint = Callable[[Request], Awaitable[Response]]


def mounted(site: Site, access: Access) -> Mount:
    """Return the API, to be mounted in the web application."""

    async def still(request: Request) -> bool:
        return await site.threads.run(lambda: _is_let_in(site, access, request))

    streams = Streams(site, still)
    routes = [Route("/openapi.json", _described(site, access), methods=["GET"])]
    for one in EVERY:
        work = streams.answer if one.streamed else _answered if one.method in questions.QUESTIONS else _operated
        if one.got:
            routes.append(
                Route(one.path, _endpoint(site, access, one, _by_parameters(site, one), work), methods=["GET"])
            )
        if one.posted:
            routes.append(Route(one.path, _endpoint(site, access, one, _by_body(one), work), methods=["POST"]))
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
Work = Callable[[Site, Question, Caller, Request, Message], Awaitable[Response]]


def _endpoint(site: Site, access: Access, one: Question, read: Read, work: Work) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        # Who asks is known before anything of the body is read.
        caller = await site.threads.run(lambda: _let_in(site, access, request, by_token=one.changes))
        body = await _body(request) if request.method == "POST" else b""
        return await work(site, one, caller, request, read(request, body))

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


def _let_in(site: Site, access: Access, request: Request, *, by_token: bool = False) -> Caller:
    """Return who asks: raises IdentityError for nobody, AccessError for a session's POST that no page of ours made."""
    shown = request.headers.get("authorization", "")
    if shown.lower().startswith(SCHEME):
        caller = access.caller(shown[len(SCHEME) :])
        if caller is None:
            raise IdentityError("this token lets nobody in; farmsight-collector web token --api makes one")
        return caller
    who = visitor(site, request)
    if who is None:
        raise IdentityError("a token is needed (authorization: Bearer ...), or the session of the web page")
    if by_token:
        raise AccessError("this takes a token (authorization: Bearer ...); a session has the forms of the page")
    if request.method == "POST" and not hmac.compare_digest(
        request.headers.get(CSRF_HEADER, "").encode(), who.csrf.encode()
    ):
        raise AccessError(f"with a session, a POST needs the header {CSRF_HEADER}")
    return Caller(name=who.person.name, role=who.person.role)


def _is_let_in(site: Site, access: Access, request: Request) -> bool:
    asked = Request({**request.scope, "headers": [*request.scope["headers"], (RENEWAL.encode(), b"1")]})
    try:  # that somebody listens is no sign that they are there
        _let_in(site, access, asked)
    except (IdentityError, AccessError):
        return False
    return True


async def _answered(site: Site, one: Question, _caller: Caller, request: Request, asked: Message) -> Response:
    def work() -> Message:
        with asking_of(site, one, request, asked) as asking:
            answer: Message = questions.QUESTIONS[one.method](asking, asked)
        return answer

    return await site.threads.run(lambda: _document(work()))


async def _operated(site: Site, one: Question, caller: Caller, request: Request, asked: Message) -> Response:
    farm = request.path_params.get("farm", "")
    if "farm" in one.contract.input_type.fields_by_name:
        asked.farm = farm  # type: ignore[attr-defined] # looked up in its descriptor
    store, now, ring = site.desk.store, site.desk.clock.now(), site.watcher.bells.from_thread()
    return await site.threads.run(lambda: _document(operations.do(one.method, store, now, caller, asked, ring, farm)))


def _document(found: Message) -> Response:
    document = json_format.MessageToJson(
        found, preserving_proto_field_name=True, always_print_fields_with_no_presence=True, indent=None
    )
    return Response(document, media_type="application/json", headers=_NO_STORE)
