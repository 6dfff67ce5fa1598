"""A refusal reaches whoever is refused: a connection that is closed over what was not read takes the answer with it."""

import asyncio

import pytest

from farmsight_collector.web import shield
from farmsight_collector.web.addresses import Names
from farmsight_collector.web.shield import FORM_BYTES, Shield

FORM = {"host": "127.0.0.1:7446", "sec-fetch-site": "cross-site", "content-length": "9"}


async def nobody(scope, receive, send) -> None:
    raise AssertionError("it was let through")


async def refused(parts: list[dict[str, object]], **more: str) -> tuple[dict[bytes, bytes], int, int]:
    """Post a form of another site; returns the answer's headers, its status, and how many parts were taken."""
    names = Names(scheme="http", names=frozenset({"localhost"}), url="")
    headers = [(name.encode(), value.encode()) for name, value in {**FORM, **more}.items()]
    scope = {"type": "http", "method": "POST", "path": "/agents/enrol", "headers": headers, "query_string": b""}
    waiting, answer = list(parts), []

    async def receive() -> dict[str, object]:
        if not waiting:
            await asyncio.Event().wait()  # nothing more comes
        return waiting.pop(0)

    async def send(message) -> None:
        answer.append(message)

    await Shield(nobody, names, 1 << 20, strict=False)(scope, receive, send)
    return dict(answer[0]["headers"]), answer[0]["status"], len(parts) - len(waiting)


def part(data: bytes, *, last: bool = False) -> dict[str, object]:
    return {"type": "http.request", "body": data, "more_body": not last}


async def test_what_is_still_on_its_way_is_taken_before_the_answer_and_the_connection_stays() -> None:
    headers, status, taken = await refused([part(b"csrf="), part(b"1234", last=True)])

    assert (status, taken) == (403, 2)
    assert b"connection" not in headers


async def test_no_more_than_a_form_is_taken_from_whoever_is_refused() -> None:
    parts = [part(b"x" * (FORM_BYTES // 2))] * 10
    headers, status, taken = await refused(parts)

    assert (status, taken) == (403, 2)
    assert headers[b"connection"] == b"close"


async def test_whoever_waits_for_leave_to_send_is_refused_without_it() -> None:
    headers, status, taken = await refused([part(b"123456789", last=True)], expect="100-continue")

    assert (status, taken) == (403, 0)
    assert headers[b"connection"] == b"close"


@pytest.mark.parametrize(
    "parts", [[], [part(b"csrf=")], [{"type": "http.disconnect"}]], ids=["nothing", "half", "gone"]
)
async def test_a_body_that_does_not_come_whole_is_not_waited_for(parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shield, "REST_WITHIN_S", 0.01)
    headers, status, _taken = await refused(parts)

    assert status == 403
    assert headers[b"connection"] == b"close"
