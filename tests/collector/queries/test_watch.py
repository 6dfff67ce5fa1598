"""Whoever watches hears what comes for as long as they may, over gRPC and HTTP alike."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from farmsight_collector.errors import IdentityError
from farmsight_collector.queries import watch
from farmsight_wire.v1 import query_pb2


class Happening:
    """What happens, as a test says; remembers that it was let go."""

    def __init__(self, *farms: str, goes_on: bool = False) -> None:
        self.farms = farms
        self.goes_on = goes_on
        self.let_go = False

    async def events(self) -> AsyncIterator[query_pb2.WatchResponse]:
        try:
            for farm in self.farms:
                yield query_pb2.WatchResponse(farm=farm)
            if self.goes_on:
                await asyncio.Event().wait()
        finally:
            self.let_go = True


async def always() -> bool:
    return True


async def never() -> bool:
    return False


@pytest.mark.asyncio
async def test_what_comes_is_heard_until_its_end() -> None:
    heard = [one async for one in watch.allowed(Happening("a", "b").events(), always)]
    assert [one and one.farm for one in heard] == ["a", "b"]


@pytest.mark.asyncio
@pytest.mark.parametrize("farms", [(), ("a",) * 10_000], ids=["while-nothing-comes", "while-much-comes"])
async def test_whoever_may_no_longer_is_sent_away(monkeypatch: pytest.MonkeyPatch, farms: tuple[str, ...]) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.001)
    happening = Happening(*farms, goes_on=True)
    with pytest.raises(IdentityError):
        async for _ in watch.allowed(happening.events(), never):
            pass
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert happening.let_go


@pytest.mark.asyncio
async def test_that_nothing_comes_is_heard_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.001)
    heard = watch.allowed(Happening(goes_on=True).events(), always)
    assert await anext(heard) is None
    await heard.aclose()  # type: ignore[attr-defined]
