"""One transaction over the frames of many streams."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.errors import CollectorError
from farmsight_collector.ingest import apply
from farmsight_collector.ingest.apply import Applied, Incoming
from farmsight_collector.ingest.work import Blob, CheckIn, Greeting, Poison, Refusal, Report, Sender, Settled, Work
from farmsight_collector.metrics import Metrics
from farmsight_collector.store import agents, audit, blobs, epochs, farms, quarantine
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import telemetry_pb2

_COUNTED: Final = {
    "applied": "reports_applied",
    "duplicate": "reports_duplicate",
    "base-unknown": "reports_base_unknown",
    "invalid": "refused_invalid",
}


@dataclass(frozen=True, kw_only=True)
class Committed:
    """What a batch came to, once it was committed."""

    told: dict[Sender, Settled]
    farms: frozenset[str]  # whose picture changed


class Committer:
    """Commits batches to one store."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        """Write to this store."""
        self._store = store
        self._metrics = metrics

    def commit(self, batch: Sequence[Work]) -> Committed:
        """Apply a batch in its order, durably, or raise and change nothing."""
        with self._store.write() as connection:
            run = _Transaction(connection)
            for work in batch:
                run.take(work)
            committed = run.finish()
        for name, count in run.counts.items():
            self._metrics.add(name, count)
        for work in batch:
            if isinstance(work, Blob):
                work.file.unlink(missing_ok=True)
        return committed

    def works(self) -> bool:
        """Tell whether the store takes transactions at all."""
        try:
            with self._store.write() as connection:
                farms.farms(connection)
        except CollectorError:
            return False
        return True


class _Transaction:
    """A batch on its way into the store. Reports wait for each other and go together."""

    def __init__(self, connection: Connection) -> None:
        self.counts: dict[str, int] = defaultdict(int)
        self._connection = connection
        self._reports: list[Report] = []
        self._reporting: set[Sender] = set()
        self._told: dict[Sender, Settled] = defaultdict(Settled)
        self._farms: set[str] = set()
        self._seen: list[agents.Seen] = []

    def take(self, work: Work) -> None:
        """Apply one piece of work, or let it wait for the reports that follow."""
        told = self._told[work.sender]
        if isinstance(work, Report):
            self._reports.append(work)
            self._reporting.add(work.sender)
            return
        if work.sender in self._reporting:  # what a sender says after its reports is about them
            self._apply_reports()
        match work:
            case Greeting():
                self._greet(work, told)
            case CheckIn():
                self._check_in(work, told)
            case Blob():
                self._store_blob(work, told)
            case Poison():
                self._keep(work, told)

    def finish(self) -> Committed:
        """Apply what waits, and read what is durable for each sender."""
        self._apply_reports()
        agents.mark_seen(self._connection, self._seen)
        for sender, told in self._told.items():
            ledger = epochs.ledger(self._connection, sender.agent.id, sender.epoch)
            told.durable_up_to = ledger.up_to
            told.durable_beyond = tuple(sorted(ledger.beyond))
        return Committed(told=dict(self._told), farms=frozenset(self._farms))

    def _apply_reports(self) -> None:
        reports, self._reports = self._reports, []
        self._reporting.clear()
        if not reports:
            return
        answers = apply.apply_reports(self._connection, [_incoming(work) for work in reports])
        highest: dict[Sender, int] = defaultdict(int)
        for work in reports:
            highest[work.sender] = max(highest[work.sender], work.report.sequence)
        for work, answer in zip(reports, answers, strict=True):
            self.counts[_COUNTED[answer.result]] += 1
            told = self._told[work.sender]
            told.missing_blobs.extend(answer.missing_blobs)
            if answer.changed:
                self._farms.add(work.sender.agent.farm)
                self._look_for_forged_name(work)
            if answer.result == "invalid":
                self._refuse(work, answer, told)
            elif answer.result == "base-unknown":
                self._ask_anew(work, answer, told, highest[work.sender])

    def _refuse(self, work: Report, answer: Applied, told: Settled) -> None:
        reason = telemetry_pb2.REFUSAL_REASON_INVALID
        told.refused.append(Refusal(sequence=answer.sequence, reason=reason, detail=answer.detail))
        quarantine.keep(
            self._connection,
            at=work.received,
            agent_id=work.sender.agent.id,
            reason=answer.detail,
            data=work.report.SerializeToString(),
        )

    def _ask_anew(self, work: Report, answer: Applied, told: Settled, highest: int) -> None:
        """Refuse a delta that stands on nothing here; unless it is history, ask for the whole of it."""
        reason = telemetry_pb2.REFUSAL_REASON_BASE_UNKNOWN
        told.refused.append(Refusal(sequence=answer.sequence, reason=reason, detail=answer.detail))
        ledger = epochs.ledger(self._connection, work.sender.agent.id, work.sender.epoch)
        if work.report.sequence < max(ledger.up_to, highest, *ledger.beyond, 0):
            return  # the agent sends the newest state first: that is here already, or on its way
        report = work.report
        told.snapshots.append(telemetry_pb2.WantSnapshot(probe=report.probe, part=report.part, context=report.context))

    def _look_for_forged_name(self, work: Report) -> None:
        if work.report.probe != "host":
            return
        agent = work.sender.agent
        enrolled = agent.server.partition(".")[0].lower()
        for entry in work.report.facts:
            name = entry.fact.host.computer_name
            if name and name.partition(".")[0].lower() != enrolled:
                # The facts stay with the server of the certificate, whatever they call themselves.
                self.counts["forged_host_names"] += 1
                detail = f"{agent.farm}/{agent.server} calls itself {name[:200]!r}"
                audit.note(
                    self._connection,
                    at=work.received,
                    actor=f"agent:{agent.id}",
                    action="agent.forged-host-name",
                    target=agent.server,
                    detail=detail,
                )

    def _greet(self, work: Greeting, told: Settled) -> None:
        agent = work.sender.agent
        ledger = epochs.ledger(self._connection, agent.id, work.sender.epoch)
        ledger.skip_below(work.oldest)
        epochs.save(self._connection, ledger, work.seen.at)
        self._seen.append(work.seen)
        told.greeted = True
        told.missing_blobs.extend(blobs.wanted(self._connection, agent.server_id))

    def _check_in(self, work: CheckIn, told: Settled) -> None:
        sender = work.sender
        differing = apply.apply_check_in(self._connection, sender.agent, work.check_in, work.at, epoch=sender.epoch)
        self.counts["check_ins"] += 1
        if work.seen is not None:
            self._seen.append(work.seen)
        told.snapshots.extend(telemetry_pb2.WantSnapshot(probe=probe, whole_probe=True) for probe in differing)

    def _store_blob(self, work: Blob, told: Settled) -> None:
        blobs.put(self._connection, work.sha256, work.file.read_bytes(), work.received)
        self.counts["blobs_stored"] += 1
        told.stored_blobs.append(work.sha256)
        self._farms.add(work.sender.agent.farm)

    def _keep(self, work: Poison, told: Settled) -> None:
        sender, sequence = work.sender, work.refusal.sequence
        quarantine.keep(
            self._connection, at=work.received, agent_id=sender.agent.id, reason=work.refusal.detail, data=work.data
        )
        ledger = epochs.ledger(self._connection, sender.agent.id, sender.epoch)
        if sequence and ledger.takes(sequence):
            ledger.note(sequence)
            epochs.save(self._connection, ledger, work.received)
        told.refused.append(work.refusal)


def _incoming(work: Report) -> Incoming:
    return Incoming(
        agent=work.sender.agent,
        epoch=work.sender.epoch,
        report=work.report,
        at=work.at,
        received=work.received,
    )
