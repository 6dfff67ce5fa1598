"""What is answered line by line: findings as they happen, and everything of a kind.

A line is a message of the contract as JSON (NDJSON); what happens is told as
server-sent events, too, to whoever accepts only these.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

from google.protobuf import json_format
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from farmsight_collector.errors import CollectorError
from farmsight_collector.identity.access import Caller
from farmsight_collector.queries import watch
from farmsight_collector.queries.questions import exported
from farmsight_collector.web.api.contract import EVENTS, LINES
from farmsight_collector.web.api.questions import Question
from farmsight_collector.web.api.scoped import asking_of
from farmsight_collector.web.refusals import refusal
from farmsight_collector.web.site import Site
from farmsight_collector.web.threads import BusyError
from farmsight_wire.v1 import query_pb2

_AT_ONCE: Final = 500  # lines that are made without a pause
_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}  # a proxy shall not keep it back
Still = Callable[[Request], Awaitable[bool]]


class Streams:
    """Bounded: so many listen at once, and no longer than they may."""

    def __init__(self, site: Site, still: Still) -> None:
        """`still` tells whether whoever made a request may still ask."""
        self._site = site
        self._still = still
        self._open = 0

    async def answer(self, site: Site, one: Question, _caller: Caller, request: Request, asked: Any) -> Response:  # noqa: ANN401
        """Answer one request; raises BusyError when too many listen, and what the question raises."""
        if not one.live:
            return StreamingResponse(await self._everything(one, request, asked), media_type=LINES, headers=_HEADERS)
        if self._open >= site.desk.config.web.live_pages:
            raise BusyError("too many are told of changes at once; try again later")
        farm = await site.threads.run(lambda: self._farm(one, request, asked))
        events = EVENTS in request.headers.get("accept", "")
        lines = self._happening(farm, request, asked, _event if events else _line)
        return StreamingResponse(lines, media_type=EVENTS if events else LINES, headers=_HEADERS)

    async def _everything(self, one: Question, request: Request, asked: Any) -> AsyncIterator[str]:  # noqa: ANN401
        def found() -> Sequence[Message]:
            with asking_of(self._site, one, request, asked) as asking:
                return exported(asking, asked)

        items = await self._site.threads.run(found)  # what is wrong with the question is told before the first line

        async def lines() -> AsyncIterator[str]:
            for first in range(0, len(items), _AT_ONCE):
                some = items[first : first + _AT_ONCE]
                yield await self._site.threads.run(lambda some=some: "".join(map(_line, some)))  # type: ignore[misc]

        return lines()

    def _farm(self, one: Question, request: Request, asked: Any) -> str:  # noqa: ANN401
        with asking_of(self._site, one, request, asked) as asking:
            return asking.farm(asked)

    async def _happening(
        self, farm: str, request: Request, asked: query_pb2.WatchRequest, say: "Callable[[Message | None], str]"
    ) -> AsyncIterator[str]:
        found = watch.events(self._site.watcher, self._site.desk.store, farm, self._site.desk.clock, asked)
        self._open += 1
        try:
            async for event in watch.allowed(found, lambda: self._still(request)):
                yield say(event)
        except CollectorError as error:
            told = refusal(error, f"{request.method} {request.url.path}")
            document = json.dumps({"error": {"status": told.status, "title": told.title, "what": told.what}})
            yield f"event: refused\ndata: {document}\n\n" if say is _event else f"{document}\n"
        finally:
            self._open -= 1


def _line(message: Message | None) -> str:
    """Return a message as a line; an empty one says that nothing happened, and that somebody is there."""
    if message is None:
        return "\n"
    document = json_format.MessageToJson(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True, indent=None
    )
    return f"{document}\n"


def _event(message: Message | None) -> str:
    if message is None:
        return ": still here\n\n"
    assert isinstance(message, query_pb2.WatchResponse)
    name = query_pb2.WatchEvent.Name(message.event).removeprefix("WATCH_EVENT_").lower()
    return f"event: {name}\ndata: {_line(message)}\n"
