"""One transaction over the frames of many streams, or none when they say only what is known."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.engine import Connection

from farmsight_collector.errors import CollectorError
from farmsight_collector.ingest import apply
from farmsight_collector.ingest.apply import Applied, Incoming
from farmsight_collector.ingest.check_in import Arrived, apply_check_ins, confirmed
from farmsight_collector.ingest.unchanged import Unchanged
from farmsight_collector.ingest.work import Blob, CheckIn, Greeting, Poison, Refusal, Report, Sender, Settled, Work
from farmsight_collector.metrics import Metrics
from farmsight_collector.store import audit, blobs, epochs, farms, lost, notices, quarantine
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
    farms: frozenset[str] = frozenset()  # whose picture changed
    written: bool = True  # False: it was known, and took no transaction


class Committer:
    """Commits batches to one store."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        """Write to this store."""
        self._store = store
        self._metrics = metrics
        self._unchanged = Unchanged()

    def commit(self, batch: Sequence[Work]) -> Committed:
        """Apply a batch in its order, durably, or raise and change nothing."""
        if all(isinstance(work, CheckIn) and confirmed(_arrived(work), self._unchanged) for work in batch):
            return self._confirm(batch)
        try:
            with self._store.write() as connection:
                # Another replica may hold a stream of the same agent, or have held it just now: what is durable is
                # read only when nobody else can write it.
                farms.lock_servers(connection, {work.sender.agent.server_id for work in batch} | self._unchanged.owing)
                run = _Transaction(connection, self._unchanged, self._store.id)
                for work in batch:
                    run.take(work)
                committed = run.finish()
        except Exception:
            for work in batch:  # what was learnt of them may not have come to be
                self._unchanged.forget(work.sender.agent.server_id)
            raise
        self._unchanged.written()
        for name, count in run.counts.items():
            self._metrics.add(name, count)
        for work in batch:
            if isinstance(work, Blob):
                work.file.unlink(missing_ok=True)
        return committed

    def write_owed(self) -> bool:
        """Write what unchanged check-ins told since the last transaction; False when there is nothing."""
        if not self._unchanged.owes:
            return False
        with self._store.write() as connection:
            farms.lock_servers(connection, self._unchanged.owing)
            self._unchanged.write(connection)
        self._unchanged.written()
        return True

    def works(self) -> bool:
        """Tell whether the store takes transactions at all."""
        try:
            with self._store.write() as connection:
                farms.farms(connection)
        except CollectorError:
            return False
        return True

    def _confirm(self, batch: Sequence[Work]) -> Committed:
        for work in batch:
            if isinstance(work, CheckIn) and work.seen is not None:
                self._unchanged.see(work.seen)
        self._metrics.add("check_ins", len(batch))
        return Committed(told={work.sender: Settled() for work in batch}, written=False)


class _Transaction:
    """A batch on its way into the store.

    Reports wait for each other and go together, and so do check-ins; what one
    agent said is applied in its order.
    """

    def __init__(self, connection: Connection, unchanged: Unchanged, sender: str) -> None:
        self.counts: dict[str, int] = defaultdict(int)
        self._connection = connection
        self._unchanged = unchanged
        self._sender = sender  # of notices
        self._reports: list[Report] = []
        self._reporting: set[str] = set()  # agents
        self._check_ins: list[CheckIn] = []
        self._checking_in: set[str] = set()  # agents
        self._told: dict[Sender, Settled] = defaultdict(Settled)
        self._farms: set[str] = set()

    def take(self, work: Work) -> None:
        """Apply one piece of work, or let it wait for others of its kind."""
        told, agent_id = self._told[work.sender], work.sender.agent.id
        if agent_id in self._reporting and not isinstance(work, Report):
            self._apply_reports()  # what an agent says after its reports is about them
        if agent_id in self._checking_in and not isinstance(work, CheckIn):
            self._apply_check_ins()
        match work:
            case Report():
                self._reports.append(work)
                self._reporting.add(agent_id)
            case CheckIn():
                self._check_ins.append(work)
                self._checking_in.add(agent_id)
            case Greeting():
                self._greet(work, told)
            case Blob():
                self._store_blob(work, told)
            case Poison():
                self._keep(work, told)

    def finish(self) -> Committed:
        """Apply what waits, and read what is durable for each sender."""
        self._apply_reports()
        self._apply_check_ins()
        self._unchanged.write(self._connection)
        ledgers = epochs.ledgers(self._connection, {(one.agent.id, one.epoch) for one in self._told})
        for sender, told in self._told.items():
            ledger = ledgers[sender.agent.id, sender.epoch]
            told.durable_up_to = ledger.up_to
            told.durable_beyond = tuple(sorted(ledger.beyond))
        for farm in sorted(self._farms):
            notices.tell(self._connection, "changed", farm, sender=self._sender)
        return Committed(told=dict(self._told), farms=frozenset(self._farms))

    def _apply_reports(self) -> None:
        reports, self._reports = self._reports, []
        self._reporting.clear()
        if not reports:
            return
        self._unchanged.write(self._connection)  # before a late report says where a run ended
        answers = apply.apply_reports(self._connection, [_incoming(work) for work in reports])
        highest: dict[Sender, int] = defaultdict(int)
        for work in reports:
            self._unchanged.forget(work.sender.agent.server_id, work.report.probe)
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
        self._look_for_lost(work, ledger, told)
        ledger.skip_below(work.oldest)
        epochs.save(self._connection, ledger, work.seen.at)
        self._unchanged.forget(agent.server_id)  # it may have been with another collector meanwhile
        self._unchanged.see(work.seen)
        notices.tell(self._connection, "stream", agent.id, sender=self._sender)
        told.greeted = True
        told.missing_blobs.extend(blobs.wanted(self._connection, agent.server_id))

    def _look_for_lost(self, work: Greeting, ledger: epochs.Ledger, told: Settled) -> None:
        """Where numbers are gone that never came here, say that nobody knows, and ask for all that is so now."""
        agent = work.sender.agent
        if not ledger.lacks_below(work.oldest):
            return
        ledger.skip_below(epochs.known_elsewhere(self._connection, ledger.epoch, agent.id) + 1)
        count = ledger.lacks_below(work.oldest)
        if not count:
            return
        told.snapshots.append(telemetry_pb2.WantSnapshot())
        self._unchanged.write(self._connection)  # until when things are known
        at, since = work.seen.at, agent.last_seen or agent.enrolled
        stretch = f"{since:%Y-%m-%d %H:%M:%S} to {at:%Y-%m-%d %H:%M:%S} UTC"
        detail = (
            f"{count} reports are not here, which the agent no longer has: the store was put back from a copy, or the "
            f"agent's spool ran over. What changed within {stretch} is not known"
        )
        if lost.begin(self._connection, agent.server_id, since, at, detail):
            self.counts["reports_lost"] += count
            self._farms.add(agent.farm)
            actor = f"agent:{agent.id}"
            audit.note(
                self._connection, at=at, actor=actor, action="agent.reports-lost", target=agent.id, detail=detail
            )

    def _apply_check_ins(self) -> None:
        check_ins, self._check_ins = self._check_ins, []
        self._checking_in.clear()
        if not check_ins:
            return
        answers = apply_check_ins(self._connection, [_arrived(work) for work in check_ins], self._unchanged)
        self.counts["check_ins"] += len(check_ins)
        for work, answer in zip(check_ins, answers, strict=True):
            if work.seen is not None:
                self._unchanged.see(work.seen)
            if answer.back:
                self._farms.add(work.sender.agent.farm)
            wanted = (telemetry_pb2.WantSnapshot(probe=probe, whole_probe=True) for probe in answer.differing)
            self._told[work.sender].snapshots.extend(wanted)

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


def _arrived(work: CheckIn) -> Arrived:
    return Arrived(work.sender.agent, work.sender.epoch, work.check_in, work.at)


def _incoming(work: Report) -> Incoming:
    return Incoming(
        agent=work.sender.agent,
        epoch=work.sender.epoch,
        report=work.report,
        at=work.at,
        received=work.received,
    )
