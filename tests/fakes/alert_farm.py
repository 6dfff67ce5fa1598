"""Findings of one farm for tests of alerts: what is found when, by the store's own code, with a clock that is set."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from farmsight_collector.alerts.service import AlertService
from farmsight_collector.alerts.settings import Alerts
from farmsight_collector.rules.engine import Evaluation, Unknown, evaluate
from farmsight_collector.rules.rule import EVERY, CannotTell, Holds, Remedy, Rule, Severity
from farmsight_collector.store import farms, outbox
from farmsight_collector.store.engine import Store
from farmsight_collector.store.findings import FindingChange, reconcile
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import FARM, NOW, fact, farm, server

SERVER = server("WAP01", "wap", fact(facts_pb2.SchannelSetting(name="A", number=1), "A"))
REMEDY = Remedy(server="WAP01", shell="powershell", command="Import-Certificate ca.cer", check="Get-ChildItem")
HOSTILE = 'CN=<script>alert(1)</script>\r\nBcc: x@evil.example\x1b[2J"]\\'


@dataclass
class SetClock:
    """A clock that stands until it is set."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds()

    def go(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def holds(subject: str = "CN=Contoso Issuing CA 1", *servers: str, severity: Severity | None = None) -> Holds:
    return Holds(
        subject=subject,
        servers=servers or ("WAP01",),
        title=f"{(servers or ('WAP01',))[0]} lacks {subject}",
        severity=severity,
        evidence=SERVER.facts["schannel-setting"],
        remedy=(
            Remedy(server="WAP01", shell="powershell", command="Import-Certificate ca.cer", check="Get-ChildItem"),
        ),
    )


def judged(*found: Holds, unknown: Sequence[CannotTell] = (), severity: Severity = Severity.CRITICAL) -> Evaluation:
    rule = Rule(
        code="tls.made-up",
        catalogue=("TLS-01",),
        severity=severity,
        roles=EVERY,
        reads=("schannel-setting",),
        what="what",
        why="Clients are refused.",
        remedy="remedy",
        source="source",
        on_farm=lambda _farm: found,
    )
    told = evaluate(farm(SERVER), [rule])
    doubts = tuple(Unknown(code="tls.made-up", verdict=one) for one in unknown)
    return Evaluation(farm=FARM, as_of=NOW, findings=told.findings, unknown=doubts)


@dataclass
class AlertFarm:
    """A store with alerts, as one collector has them."""

    store: Store
    folder: Path
    settings: Alerts = field(default_factory=Alerts)
    clock: SetClock = field(default_factory=SetClock)
    signs: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = AlertService(
            self.store,
            self.settings,
            self.clock,
            folder=self.folder,
            base=lambda: "https://farmsight.contoso.com",
            signs=lambda _since: self.signs,
        )

    def finds(self, *found: Holds, unknown: Sequence[CannotTell] = (), after: float = 0.0) -> list[FindingChange]:
        """Evaluate: this is so, and nothing else."""
        self.clock.go(after)
        evaluation = judged(*found, unknown=unknown)
        with self.store.write() as connection:
            changes = reconcile(connection, FARM, evaluation, self.clock.now())
            self.service.changed(connection, FARM, changes, self.clock.now())
        return changes

    async def waits(self, seconds: float, step: float = 5.0) -> None:
        """Let time go by, with a look now and then."""
        ends = self.clock.now() + timedelta(seconds=seconds)
        while self.clock.now() < ends:
            self.clock.at = min(ends, self.clock.at + timedelta(seconds=step))
            await self.service.look()

    @property
    def messages(self) -> list[outbox.MessageRow]:
        """Return all that was told, oldest first."""
        with self.store.read() as connection:
            return outbox.messages(connection, FARM, 1000)[::-1]

    @property
    def told(self) -> list[str]:
        """Return the events of all that was told, oldest first."""
        return [one.event for one in self.messages]

    def deliveries(self) -> list[tuple[str, str, int]]:
        """Return channel, state and attempts of each delivery, oldest first."""
        return [(one.channel, one.state, one.attempts) for row in self.messages for one in row.deliveries]

    @property
    def farm_id(self) -> int:
        with self.store.read() as connection:
            return farms.ensure_farm(connection, FARM)
