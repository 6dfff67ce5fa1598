"""Which reports of an agent are here for good: what makes delivery exactly once in effect."""

import struct
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Executable, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from farmsight_collector.clock import micros
from farmsight_collector.store import schema
from farmsight_collector.store.rows import chunks

BEYOND_KEPT: Final = 2048  # numbers over the first gap; newest state first makes some hundreds
HIGHEST: Final = 2**62
_columns = schema.agent_epochs.c


@dataclass(kw_only=True)
class Ledger:
    """The numbers of one agent's epoch that are durable: all up to one, and some beyond it."""

    agent_id: str
    epoch: int
    up_to: int = 0
    beyond: set[int] = field(default_factory=set)

    def has(self, sequence: int) -> bool:
        """Tell whether the report with this number is here."""
        return 0 < sequence <= self.up_to or sequence in self.beyond

    def takes(self, sequence: int) -> bool:
        """Tell whether the number is one at all."""
        return 0 < sequence < HIGHEST

    def note(self, sequence: int) -> None:
        """Note that the report with this number is here.

        A gap that this many came after will not be filled: the agent's spool
        was full and dropped what belongs there. It is closed.
        """
        self.beyond.add(sequence)
        if len(self.beyond) > BEYOND_KEPT:
            self.up_to = min(self.beyond) - 1
        self._close_gap()

    def skip_below(self, oldest: int) -> None:
        """Note that numbers below `oldest` are gone from the agent and will never come."""
        self.up_to = max(self.up_to, min(oldest, HIGHEST) - 1)
        self.beyond = {number for number in self.beyond if number > self.up_to}
        self._close_gap()

    def lacks_below(self, oldest: int) -> int:
        """Return how many numbers below `oldest` are neither here nor will ever come."""
        between = min(oldest, HIGHEST) - 1 - self.up_to
        return max(0, between - sum(number < oldest for number in self.beyond))

    def _close_gap(self) -> None:
        while self.up_to + 1 in self.beyond:
            self.up_to += 1
            self.beyond.discard(self.up_to)


def ledger(connection: Connection, agent_id: str, epoch: int) -> Ledger:
    """Return what is durable of an agent's epoch; an epoch that is new begins empty."""
    return ledgers(connection, {(agent_id, epoch)})[agent_id, epoch]


def ledgers(connection: Connection, names: Collection[tuple[str, int]]) -> dict[tuple[str, int], Ledger]:
    """Return what is durable of epochs, each named by agent and epoch."""
    found = {name: Ledger(agent_id=name[0], epoch=name[1]) for name in names}
    for agents in chunks(sorted({agent_id for agent_id, _ in names})):
        for row in connection.execute(_STORED, {"agents": agents}):
            known = found.get((row.agent_id, int(row.epoch, 16)))
            if known is not None:
                known.up_to = row.durable_up_to
                known.beyond = {number for (number,) in struct.iter_unpack(">Q", bytes(row.beyond))}
    return found


def known_elsewhere(connection: Connection, epoch: int, besides: str) -> int:
    """Return up to which number an epoch is durable under other agents: a server enrolled anew keeps its spool."""
    query = select(func.max(_columns.durable_up_to)).where(
        _columns.epoch == f"{epoch:016x}", _columns.agent_id != besides
    )
    return int(connection.scalar(query) or 0)


def save(connection: Connection, ledger: Ledger, at: datetime) -> None:
    """Write what is durable of one epoch, in the transaction that makes it so."""
    save_all(connection, [ledger], at)


def save_all(connection: Connection, changed: Iterable[Ledger], at: datetime) -> None:
    """Write what is durable of epochs, in the transaction that makes it so."""
    rows = [
        {
            "agent_id": one.agent_id,
            "epoch": f"{one.epoch:016x}",
            "durable_up_to": one.up_to,
            "beyond": b"".join(struct.pack(">Q", number) for number in sorted(one.beyond)),
            "last_used": micros(at),
        }
        for one in changed
    ]
    if rows:
        connection.execute(_upsert(connection.dialect.name), rows)


_STORED: Final = select(_columns.agent_id, _columns.epoch, _columns.durable_up_to, _columns.beyond).where(
    _columns.agent_id.in_(bindparam("agents", expanding=True))
)


@cache
def _upsert(dialect: str) -> Executable:
    statement = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(schema.agent_epochs)
    return statement.on_conflict_do_update(
        index_elements=[_columns.agent_id, _columns.epoch],
        set_={name: statement.excluded[name] for name in ("durable_up_to", "beyond", "last_used")},
    )
