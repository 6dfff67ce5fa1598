"""Pretend Windows Servers for the tests: one of their own, or one that a module's tests share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.live_collector import Running, running
from tests.windows.bed import places, prefix
from tests.windows.bed.wine_host import WineHost


@pytest.fixture(scope="session")
def wine() -> Path:
    """Return the template of every host; skip the test where Wine can't be, fail where it had to be."""
    reason = places.missing()
    if reason and places.must_be_here():
        pytest.fail(f"the Windows tier must run here: {reason}")
    if reason:
        pytest.skip(f"the Windows tier: {reason}")
    prefix.sweep()
    return prefix.template()


@pytest.fixture
def new_windows(wine: Path) -> Iterator[Callable[[], WineHost]]:
    """Return a way to make hosts that are not booted yet: for what must be in place before that."""
    made: list[WineHost] = []

    def make() -> WineHost:
        made.append(WineHost(prefix.clone()))
        return made[-1]

    yield make
    for host in made:
        host.stop()
        host.remove()


@pytest.fixture
def windows(new_windows: Callable[[], WineHost]) -> WineHost:
    """Return a booted host of the test's own."""
    return new_windows().start()


@pytest.fixture(scope="module")
def shared_windows(wine: Path) -> Iterator[WineHost]:
    """Return a booted host that the tests of a module share: for those that only read, or clean up behind them."""
    host = WineHost(prefix.clone())
    try:
        with host:
            yield host
    finally:
        host.remove()


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a real collector on this machine, which the pretend servers reach over the loopback."""
    with running(tmp_path_factory.mktemp("collector") / "data") as up:
        yield up


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the first test that needs the template the time to build it."""
    for item in items:
        if "wine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(600))
