"""What changes is told by the very transaction that changes it: opened, worsened, closed on proof, in storms as one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from farmsight_collector.alerts import operations
from farmsight_collector.alerts.channel_settings import Webhook
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.errors import InvalidRequestError, NotFoundError
from farmsight_collector.rules.rule import CannotTell, Severity
from farmsight_collector.store import acknowledgements, alert_standings, audit
from farmsight_collector.store.engine import Store
from farmsight_collector.store.findings import findings_as_of, reconcile
from tests.fakes.alert_farm import HOSTILE, AlertFarm, SetClock, holds, judged
from tests.fakes.farms import FARM, NOW


@pytest.fixture
def farm(store: Store, tmp_path) -> AlertFarm:
    return AlertFarm(store, tmp_path)


def test_a_cause_is_told_with_what_an_engineer_needs_at_night(farm: AlertFarm) -> None:
    farm.finds(holds())
    (told,) = farm.messages
    (alert,) = told.payload["alerts"]
    assert told.payload["schema"] == "farmsight.alert/1"
    assert told.payload["id"] == told.id
    assert told.payload["summary"].startswith("[critical] open: WAP01 lacks CN=Contoso Issuing CA 1")
    assert (alert["event"], alert["state"], alert["severity"]) == ("opened", "open", "critical")
    assert alert["servers"] == ["WAP01"]
    assert alert["remedy"]["command"] == "Import-Certificate ca.cer"
    assert alert["since"].startswith("2026-11-20T10:00:00")


def test_it_closes_on_proof_alone_and_never_because_nobody_could_tell(farm: AlertFarm) -> None:
    farm.finds(holds())
    farm.finds(unknown=[CannotTell(server="WAP01", reason="silent")], after=60)
    assert farm.told == ["opened"]
    farm.finds(after=60)
    assert farm.told == ["opened", "closed"]
    (alert,) = farm.messages[1].payload["alerts"]
    assert (alert["state"], alert["severity"], alert["closed"]) == ("closed", "critical", "2026-11-23T10:02:00.000Z")


async def test_more_servers_are_told_as_worse_and_named(farm: AlertFarm) -> None:
    farm.finds(holds())
    farm.finds(holds("CN=Contoso Issuing CA 1", "WAP01", "WAP02"), after=10)
    await farm.waits(60)
    assert farm.told == ["opened", "worsened"]
    assert farm.messages[1].payload["alerts"][0]["more_servers"] == ["WAP02"]


async def test_what_is_held_is_told_when_its_time_comes_also_after_a_restart(farm: AlertFarm, tmp_path) -> None:
    farm.finds(holds(severity=Severity.ERROR))
    await farm.waits(55)
    assert farm.told == []
    again = AlertFarm(farm.store, tmp_path, clock=farm.clock)
    await again.waits(10)
    assert again.told == ["opened"]


def test_a_transaction_that_is_rolled_back_has_told_nothing(farm: AlertFarm) -> None:
    class PowerCutError(Exception):
        pass

    def cut() -> None:
        with farm.store.write() as connection:
            changes = reconcile(connection, FARM, judged(holds()), NOW)
            farm.service.changed(connection, FARM, changes, NOW)
            raise PowerCutError

    with pytest.raises(PowerCutError):
        cut()
    assert farm.messages == []
    with farm.store.read() as connection:
        assert findings_as_of(connection, FARM, NOW) == []


async def test_a_storm_is_one_message_and_what_trickles_in_after_it_another(farm: AlertFarm) -> None:
    farm.finds(*(holds(f"CN=CA {number}") for number in range(40)))
    assert farm.told == ["digest"]
    told = farm.messages[0].payload
    assert len(told["alerts"]) == 40
    assert told["summary"].startswith("[critical] 40 alerts at once, 40 open")
    here = [holds(f"CN=CA {number}") for number in range(40)]
    for number in range(40, 60):
        here.append(holds(f"CN=CA {number}"))
        farm.finds(*here, after=1)
    await farm.waits(120)
    assert farm.told[:5] == ["digest", "opened", "opened", "opened", "opened"]
    assert farm.told[5:] == ["digest"]
    assert len(farm.messages[5].payload["alerts"]) == 16
    with farm.store.read() as connection:
        assert len(alert_standings.told(connection)) == 60


def test_names_from_hostile_certificates_are_one_line_of_text(farm: AlertFarm) -> None:
    farm.finds(holds(HOSTILE))
    told = farm.messages[0].payload
    assert "\r" not in str(told["summary"]) + told["alerts"][0]["title"] + told["alerts"][0]["subject"]
    assert "\x1b" not in str(told)


async def test_an_acknowledged_finding_is_quiet_and_says_so_to_all(farm: AlertFarm) -> None:
    (change,) = farm.finds(holds(severity=Severity.ERROR))
    await farm.waits(65)
    finding, now = change.finding.id, farm.clock.now()
    operations.acknowledge(
        farm.store, FARM, finding, until=now + timedelta(hours=4), note="on it", actor="ana", now=now
    )
    farm.finds(holds(severity=Severity.CRITICAL), after=60)
    assert farm.told == ["opened", "worsened"]
    with farm.store.read() as connection:
        (row,) = acknowledgements.newest(connection, FARM)
        assert (row.actor, row.note, row.ended_why) == ("ana", "on it", "worsened")
        assert acknowledgements.in_force(connection, FARM, farm.clock.now()) == []
        assert [(one.actor, one.action) for one in audit.entries(connection)] == [
            ("collector", "acknowledgement.end"),
            ("ana", "acknowledgement.add"),
        ]


async def test_an_acknowledgement_that_runs_out_tells_again_and_one_taken_back_at_once(farm: AlertFarm) -> None:
    (change,) = farm.finds(holds())
    finding, now = change.finding.id, farm.clock.now()
    ends = now + timedelta(minutes=10)
    operations.acknowledge(farm.store, FARM, finding, until=ends, note="", actor="ana", now=now)
    await farm.waits(700)
    assert farm.told == ["opened", "reminder"]
    assert farm.messages[1].payload["alerts"][0]["reason"] == "the acknowledgement ran out"
    with pytest.raises(NotFoundError):
        operations.withdraw(farm.store, FARM, finding, actor="ana", now=farm.clock.now())


def test_what_cannot_be_meant_is_refused(farm: AlertFarm) -> None:
    (change,) = farm.finds(holds())
    finding = change.finding.id
    for until in (NOW, NOW + timedelta(days=31)):
        with pytest.raises(InvalidRequestError):
            operations.acknowledge(farm.store, FARM, finding, until=until, note="", actor="a", now=NOW)
    with pytest.raises(NotFoundError, match="is open"):
        operations.acknowledge(farm.store, FARM, "f" * 16, until=NOW + timedelta(hours=1), note="", actor="a", now=NOW)
    with pytest.raises(NotFoundError, match="no server 'WAP09'"):
        operations.add_maintenance(
            farm.store, FARM, servers=["WAP09"], begins=NOW, ends=NOW + timedelta(hours=1), note="", actor="a", now=NOW
        )


async def test_maintenance_holds_back_and_sums_up_what_is_still_so(farm: AlertFarm) -> None:
    farm.finds()
    window = operations.add_maintenance(
        farm.store, FARM, servers=(), begins=NOW, ends=NOW + timedelta(hours=1), note="patches", actor="ana", now=NOW
    )
    farm.finds(holds("CN=A"), holds("CN=B"), after=60)
    farm.finds(holds("CN=A"), after=60)
    await farm.waits(3000, step=60)
    assert farm.told == []
    with farm.store.read() as connection:
        assert len(findings_as_of(connection, FARM, farm.clock.now())) == 1, "findings stay visible and true"
    await farm.waits(600, step=60)
    assert farm.told == ["maintenance-ended"]
    assert [one["subject"] for one in farm.messages[0].payload["alerts"]] == ["CN=A"]
    with pytest.raises(NotFoundError):
        operations.end_maintenance(farm.store, window.id, actor="ana", now=farm.clock.now())


async def test_a_window_that_is_ended_early_tells_at_once(farm: AlertFarm) -> None:
    farm.finds()
    window = operations.add_maintenance(
        farm.store, FARM, servers=(), begins=NOW, ends=NOW + timedelta(hours=9), note="", actor="ana", now=NOW
    )
    farm.finds(holds(), after=60)
    operations.end_maintenance(farm.store, window.id, actor="ana", now=farm.clock.now())
    await farm.waits(5)
    assert farm.told == ["maintenance-ended"]


async def test_findings_from_before_there_were_alerts_are_taken_in(farm: AlertFarm) -> None:
    with farm.store.write() as connection:
        reconcile(connection, FARM, judged(holds()), NOW)
    await farm.service.look()
    assert farm.told == ["opened"]
    with farm.store.write() as connection:
        reconcile(connection, FARM, judged(), NOW)  # and a closing that a fault kept from being recorded
    await farm.waits(700, step=100)
    assert farm.told == ["opened", "closed"]


async def test_a_fault_in_alerts_does_not_keep_findings_from_being_stored(
    farm: AlertFarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm.service.recorder, "changed", lambda *_: 1 / 0)
    farm.finds(holds())
    with farm.store.read() as connection:
        assert len(findings_as_of(connection, FARM, NOW)) == 1
    await farm.service.look()
    assert farm.told == ["opened"]


def test_each_channel_gets_what_it_wants(store: Store, tmp_path) -> None:
    url = "https://hooks.contoso.com/"
    channels = (
        Webhook(name="all", url=url, secret_env="S"),
        Webhook(name="critical", url=url, secret_env="S", at_least="critical"),
        Webhook(name="crl", url=url, secret_env="S", codes=("crl.",)),
        Webhook(name="fabrikam", url=url, secret_env="S", farms=("sts.fabrikam.com",)),
    )
    farm = AlertFarm(store, tmp_path, replace(Alerts(), channels=channels, hold_warning_s=0, digest_above=1))
    farm.finds(holds("CN=A"), holds("CN=B", severity=Severity.WARNING))
    (row,) = farm.messages
    assert [(one.channel, one.items) for one in row.deliveries] == [("all", (0, 1)), ("critical", (0,))]


def test_two_messages_of_one_instant_keep_their_order(store: Store, tmp_path) -> None:
    farm = AlertFarm(store, tmp_path, clock=SetClock())
    farm.finds(holds())
    farm.finds()
    farm.clock.go(-600)  # a clock that is set back
    farm.finds(holds())
    ids = [one.id for one in sorted(farm.messages, key=lambda one: one.id)]
    assert [one.event for one in sorted(farm.messages, key=lambda one: one.id)] == ["opened", "closed", "opened"]
    assert ids == sorted(set(ids))
