"""What replicas on one PostgreSQL tell each other: a word, who says it, and what about.

A notice says that there is something to look at, never what it is: it is sent
with the commit of the transaction (PostgreSQL manual, NOTIFY), may be lost, and
is made good by looking now and then anyway. On SQLite there is nobody to tell.
"""

from typing import Final, Literal, NamedTuple, cast, get_args

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

CHANNEL: Final = "farmsight"
# beat: a replica lives; claims: some are free; changed: facts of a farm; findings: of a farm;
# revoked: an agent; stream: an agent said hello.
Word = Literal["beat", "claims", "changed", "findings", "revoked", "stream"]


class Notice(NamedTuple):
    """One notice; `sender` is the id of a store that a process has open, empty for a command."""

    word: Word
    sender: str
    subject: str


def tell(connection: Connection, word: Word, subject: str = "", *, sender: str = "") -> None:
    """Tell all replicas, this one among them, once the transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, f"{word} {sender} {subject}")))


def read(payload: str) -> Notice | None:
    """Return what was told, None for what an older or newer version told."""
    word, _, rest = payload.partition(" ")
    sender, separator, subject = rest.partition(" ")
    return Notice(cast("Word", word), sender, subject) if separator and word in get_args(Word) else None
