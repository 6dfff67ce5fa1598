"""A farm with a past: healthy, then faults that came, one that went, and names from a hostile hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes import adfs_farms
from tests.fakes.watched_farm import ISSUING, Person, WatchedFarm

EVIL = "CN=<script>alert(1)</script> \u202egnol\u202c \"'><img src=x onerror=y> " + "x" * 400


@pytest.fixture(scope="package")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedFarm]:
    """Yield a farm that is only looked at.

    At 10:00 all is well. 10:10 WAP01 loses the issuing CA. 10:20 STS01's service stops, 10:40 it runs.
    11:00 somebody's certificate with a hostile name lies in STS02's ROOT. It is 11:10 now.
    """
    farm = WatchedFarm(tmp_path_factory.mktemp("watched") / "data")
    farm.later(minutes=10)
    farm.drop("WAP01", "store-certificate", ISSUING)
    farm.later(minutes=10)
    farm.put("STS01", service(running=False))
    farm.later(minutes=20)
    farm.put("STS01", service(running=True))
    farm.later(minutes=20)
    farm.put("STS02", misplaced(EVIL))
    farm.later(minutes=10)
    farm.judge()
    yield farm
    farm.store.close()


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[WatchedFarm]:
    """Yield a farm that is changed: WAP01 lost the issuing CA ten minutes ago."""
    made = WatchedFarm(tmp_path / "data")
    made.later(minutes=10)
    made.drop("WAP01", "store-certificate", ISSUING)
    made.later(minutes=10)
    made.judge()
    yield made
    made.store.close()


@pytest.fixture(scope="package")
def viewer(story: WatchedFarm) -> Person:
    return Person(story)


def service(*, running: bool) -> pb.Fact:
    value = adfs_farms.service("adfssrv")
    value.state = pb.SERVICE_STATE_RUNNING if running else pb.SERVICE_STATE_STOPPED
    return pb.Fact(key="adfssrv", service=value)


def misplaced(subject: str) -> pb.Fact:
    """Return a certificate that is no root, in ROOT."""
    value = adfs_farms.summary(adfs_farms.ISSUING)
    value.subject, value.issuer, value.sha1 = subject, "CN=other", "ab" * 20
    held = pb.StoreCertificate(store="ROOT", certificate=value, has_private_key=pb.TRISTATE_NO)
    return pb.Fact(key="ROOT/" + "ab" * 20, store_certificate=held)
