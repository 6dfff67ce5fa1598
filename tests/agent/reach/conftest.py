"""A real collector with one port, an agent that is enrolled with it, and real proxies."""

import shutil
from pathlib import Path

import pytest

from farmsight_agent.enroll import enroll
from tests.fakes.live_collector import Running, on_one_port
from tests.fakes.squid import LOGIN_CHECKED, started


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory):
    with on_one_port(tmp_path_factory.mktemp("collector") / "data") as up:
        yield up


@pytest.fixture(scope="module")
def enrolled(collector: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("enrolled")
    list(enroll(collector.token(), collector.addresses["telemetry"], None, "DMZ01", state))
    return state


@pytest.fixture
def state(enrolled: Path, tmp_path: Path) -> Path:
    """An agent of the real collector, to be pointed anywhere."""
    return Path(shutil.copytree(enrolled, tmp_path / "state"))


@pytest.fixture(scope="module")
def squid(tmp_path_factory):
    yield from started(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def squid_with_login(tmp_path_factory):
    yield from started(tmp_path_factory.mktemp("login"), LOGIN_CHECKED, "allow known")
