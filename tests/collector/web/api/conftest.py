"""A farm whose API is served on loopback, to holders of one token."""

from collections.abc import Iterator

import httpx
import pytest

from farmsight_collector.identity.access import access
from farmsight_collector.web.application import application
from tests.fakes import adfs_farms
from tests.fakes.served_application import served
from tests.fakes.watched_farm import WatchedFarm

TOKEN = "own-token-of-the-collector"
BEARER = {"authorization": f"Bearer {TOKEN}"}
OPERATOR = "token-of-an-operator"


@pytest.fixture(scope="package")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedFarm]:
    made = WatchedFarm(tmp_path_factory.mktemp("api") / "data")
    made.later(minutes=10)
    made.drop("WAP01", "store-certificate", f"CA/{adfs_farms.sha1(adfs_farms.ISSUING)}")
    made.later(minutes=10)
    made.judge()
    made.noted()
    yield made
    made.store.close()


@pytest.fixture(scope="package")
def address(farm: WatchedFarm) -> Iterator[str]:
    with served(
        application(farm.site(), [], access=access({TOKEN: "viewer", OPERATOR: "operator"}, farm.store, farm.clock))
    ) as where:
        yield where


@pytest.fixture(scope="package")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address) as made:
        yield made


@pytest.fixture(scope="package")
def bearer() -> dict[str, str]:
    return dict(BEARER)


@pytest.fixture(scope="package")
def operator() -> dict[str, str]:
    return {"authorization": f"Bearer {OPERATOR}"}
