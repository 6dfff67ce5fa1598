"""The page Alerts: what was told by which channel with which answer, what was given up, who is quiet about what."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from farmsight_collector.alerts import operations
from farmsight_collector.alerts.channel_settings import Mail, Webhook
from farmsight_collector.alerts.service import AlertService
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.store.findings import FindingChange, findings_as_of
from tests.bench.worlds import FARM
from tests.fakes import receivers
from tests.fakes.watched_farm import ISSUING, Person, WatchedFarm, rows, words

HOSTILE = "<script>alert(1)</script>"


class Told:
    """A farm with two channels; what is open was told by both, and one of them does not answer."""

    def __init__(self, farm: WatchedFarm, hook: receivers.Webhook) -> None:
        self.farm, self.hook = farm, hook
        (farm.data / "secret").write_text("of the tests")
        channels = (
            Webhook(name="operations", url=hook.url + "?token=a", secret_file="secret"),
            Webhook(name="pager", url="http://127.0.0.1:1/", secret_file="secret", at_least="critical"),
            Mail(name="other farm", server="mail:25", sender="a@b.c", to=("d@e.f",), farms=("sts.fabrikam.com",)),
        )
        farm.config = replace(farm.config, alerts=replace(Alerts(), channels=channels, hold_error_s=0))
        self.service = AlertService(farm.store, farm.config.alerts, farm.clock, folder=farm.data)
        self.tell()

    def tell(self) -> None:
        with self.farm.store.write() as connection:
            open_now = findings_as_of(connection, FARM, self.farm.clock.at + timedelta(seconds=10))
            changes = [FindingChange(kind="opened", finding=row) for row in open_now]
            self.service.changed(connection, FARM, changes, self.farm.clock.at)
        self.send()

    def send(self) -> None:
        asyncio.run(self.service.send())

    def give_up(self) -> None:
        for _ in range(120):
            self.farm.later(minutes=15)
            self.send()


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[WatchedFarm]:
    """Yield a farm whose WAP01 lost the issuing CA ten minutes ago, and nobody was told."""
    made = WatchedFarm(tmp_path / "data")
    made.later(minutes=10)
    made.drop("WAP01", "store-certificate", ISSUING)
    made.later(minutes=10)
    made.judge()
    yield made
    made.store.close()


@pytest.fixture
def told(farm: WatchedFarm) -> Iterator[Told]:
    with receivers.webhook() as hook:
        hook.answers.append((200, {}, HOSTILE.encode()))
        yield Told(farm, hook)


def test_what_was_told_is_listed_with_each_channels_answer(told: Told) -> None:
    page = Person(told.farm).sees("alerts")
    row = next(row for row in rows(page, "Told") if "intermediate store" in row)
    assert "is not in the intermediate store" in row
    assert f"operations sent 2026-11-23 10:20:00Z 200 OK: {HOSTILE}" in row
    assert "pager tried 1 time" in row
    assert "ConnectError" in row
    operations_row, pager_row = rows(page, "Channels")
    assert "webhook" in operations_row
    assert "?token" not in operations_row + pager_row
    assert "critical and above" in pager_row
    assert "other farm" not in words(page)


def test_what_was_given_up_stands_first_and_an_operator_tries_again(told: Told) -> None:
    told.give_up()
    operator = Person(told.farm, "operator")
    page = operator.sees("alerts")
    (row,) = rows(page, "Given up")
    assert "pager" in row
    with receivers.webhook() as pager:
        channels = tuple(
            replace(one, url=pager.url) if one.name == "pager" else one for one in told.farm.config.alerts.channels
        )
        told.service = AlertService(
            told.farm.store,
            replace(told.farm.config.alerts, channels=channels),
            told.farm.clock,
            folder=told.farm.data,
        )
        where = next(
            str(form.attributes["action"]) for form in page.all("form") if "again" in str(form.attributes.get("action"))
        )
        assert operator.does(where, channel="pager").startswith(f"/farms/{FARM}/alerts#m-")
        told.send()
        assert len(pager.requests) == 1
    assert rows(operator.sees("alerts"), "Given up") == []
    operator.does(where, status=404, channel="pager")


def test_a_test_goes_by_the_channel_and_its_answer_is_seen(told: Told) -> None:
    operator = Person(told.farm, "operator")
    operator.sees("alerts")
    operator.does(f"/farms/{FARM}/alerts/test", channel="operations")
    told.send()
    assert told.hook.requests[-1].json["event"] == "test"
    newest = rows(operator.sees("alerts"), "Told")[0]
    assert "This is a test of the channel; nothing is wrong" in newest
    operator.does(f"/farms/{FARM}/alerts/test", status=404, channel="nobody")
    assert "alert.test" in words(Person(told.farm, "admin").sees("/audit"))


def test_a_viewer_sees_it_all_and_changes_nothing(told: Told) -> None:
    viewer = Person(told.farm)
    page = viewer.sees("alerts")
    assert "send a test" not in words(page)
    viewer.does(f"/farms/{FARM}/alerts/test", status=403, channel="operations")


def test_who_is_quiet_about_what_and_what_is_in_maintenance(told: Told) -> None:
    farm, now = told.farm, told.farm.clock.at
    with farm.store.read() as connection:
        finding = next(row for row in findings_as_of(connection, FARM, now) if row.payload["caused_by"] is None)
    operations.acknowledge(
        farm.store, FARM, finding.id, until=now + timedelta(hours=4), note=HOSTILE, actor="ana", now=now
    )
    operations.add_maintenance(
        farm.store, FARM, servers=["wap01"], begins=now, ends=now + timedelta(hours=1), note="", actor="ben", now=now
    )
    operator = Person(farm, "operator")
    page = operator.sees("alerts")
    assert f"ana 2026-11-23 10:20Z 2026-11-23 14:20Z in force {HOSTILE}" in rows(page, "Acknowledgements")[0]
    assert "WAP01" in rows(page, "Maintenance")[0]
    assert "in force" in rows(page, "Maintenance")[0]
    then = operator.sees("alerts?at=2026-11-23T10:15Z")
    assert rows(then, "Acknowledgements") == []
    assert "Nothing was told of this farm by" in words(then)


def test_a_farm_without_a_channel_says_so_and_shows_what_would_be_told(farm: WatchedFarm) -> None:
    page = words(Person(farm).sees("alerts"))
    assert "Nobody is told anything: this collector has no channel for this farm" in page
    assert "Nothing was told of this farm" in page
