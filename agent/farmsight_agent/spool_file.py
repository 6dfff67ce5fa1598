"""The spool's tables: one SQLite database, each row with a checksum of its own."""

import hashlib
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from farmsight_agent.reporting import StateKey
from farmsight_wire.v1 import facts_pb2

_PAGE: Final = 4096
_PIECE: Final = 256 * 1024
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (sequence INTEGER PRIMARY KEY, probe TEXT NOT NULL, part TEXT NOT NULL,
  context INTEGER NOT NULL, body BLOB NOT NULL, checksum BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS pending_by_key ON pending (probe, part, context, sequence);
CREATE TABLE IF NOT EXISTS states (probe TEXT, part TEXT, context INTEGER, sequence INTEGER NOT NULL,
  body BLOB NOT NULL, checksum BLOB NOT NULL, PRIMARY KEY (probe, part, context));
CREATE TABLE IF NOT EXISTS held_blobs (sha256 BLOB PRIMARY KEY, size INTEGER NOT NULL, used INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blob_data (sha256 BLOB PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS blob_uses (probe TEXT, part TEXT, context INTEGER, sha256 BLOB,
  PRIMARY KEY (probe, part, context, sha256)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS blob_uses_by_blob ON blob_uses (sha256);
"""
SAMPLES_ONLY: Final = StateKey("", "", facts_pb2.CONTEXT_UNSPECIFIED)


class DamagedError(Exception):
    """A row or the file is not what was written."""


class SpoolFile:
    """Rows in and out. Callers hold the lock; every method is inside `transaction` or reads only."""

    def __init__(self, path: Path | None, limit_bytes: int) -> None:
        """Open or make the file, or a database in memory for None. Raises sqlite3.Error."""
        self._db = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False, timeout=5.0
        )
        try:
            self._db.execute(f"PRAGMA page_size={_PAGE}")
            self._db.execute("PRAGMA auto_vacuum=INCREMENTAL")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA journal_size_limit=1048576")
            self._db.execute("PRAGMA cache_size=-2048")  # KiB: the agent's memory counts
            if self._db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise DamagedError("the file's structure is broken")
            self._db.executescript(_SCHEMA)
            self._db.execute(f"PRAGMA max_page_count={limit_bytes * 3 // 2 // _PAGE + 64}")
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('epoch', ?)", (secrets.randbits(62) + 1,))
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('next', 1)")
            self.epoch = self._meta("epoch")
        except BaseException:
            self._db.close()
            raise

    def _meta(self, name: str) -> int:
        value: int = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0]
        return value

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all or nothing of what is written inside."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @property
    def next_sequence(self) -> int:
        """Return the sequence that the next row will have."""
        return self._meta("next")

    @property
    def oldest_sequence(self) -> int:
        """Return the lowest sequence that is still here, or the next one when none is."""
        lowest = self._db.execute("SELECT min(sequence) FROM pending").fetchone()[0]
        return self.next_sequence if lowest is None else int(lowest)

    def append(self, key: StateKey, body: bytes, sequence: int) -> None:
        """Add a row under the sequence that `next_sequence` gave."""
        self._db.execute(
            "INSERT INTO pending VALUES (?, ?, ?, ?, ?, ?)", (sequence, *key, body, _checksum(sequence, body))
        )
        self._db.execute("UPDATE meta SET value = ? WHERE name = 'next'", (sequence + 1,))

    def set_state(self, key: StateKey, sequence: int, body: bytes, blobs: Iterable[bytes]) -> None:
        """Make this the newest state of its key."""
        row = (*key, sequence, body, _checksum(sequence, body))
        self._db.execute("INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?, ?)", row)
        self._db.execute("DELETE FROM blob_uses WHERE probe = ? AND part = ? AND context = ?", key)
        self._db.executemany("INSERT OR IGNORE INTO blob_uses VALUES (?, ?, ?, ?)", ((*key, blob) for blob in blobs))

    def state(self, key: StateKey) -> tuple[int, bytes] | None:
        """Return sequence and body of a key's newest state. Raises DamagedError."""
        return self._read(
            "SELECT sequence, body, checksum FROM states WHERE probe = ? AND part = ? AND context = ?", key
        )

    def state_keys(self, probe: str | None = None) -> list[StateKey]:
        """Return the keys of all states, or of those of one probe."""
        where, values = ("", ()) if probe is None else ("WHERE probe = ?", (probe,))
        rows = self._db.execute(f"SELECT probe, part, context FROM states {where} ORDER BY 1, 2, 3", values)  # noqa: S608
        return [StateKey(*row) for row in rows]

    def body(self, sequence: int) -> tuple[StateKey, bytes] | None:
        """Return key and body of a pending row. Raises DamagedError."""
        found = self._read("SELECT sequence, body, checksum FROM pending WHERE sequence = ?", (sequence,))
        if found is None:
            return None
        row = self._db.execute("SELECT probe, part, context FROM pending WHERE sequence = ?", (sequence,))
        return StateKey(*row.fetchone()), found[1]

    def _read(self, query: str, values: tuple[object, ...]) -> tuple[int, bytes] | None:
        row = self._db.execute(query, values).fetchone()
        if row is None:
            return None
        sequence, body, checksum = row
        if not isinstance(body, bytes) or checksum != _checksum(sequence, body):
            raise DamagedError(f"row {sequence} is not as it was written")
        return sequence, body

    def pending(self) -> list[tuple[int, StateKey]]:
        """Return sequence and key of all pending rows, ascending."""
        rows = self._db.execute("SELECT sequence, probe, part, context FROM pending ORDER BY sequence")
        return [(row[0], StateKey(*row[1:])) for row in rows]

    def has_pending(self, probe: str) -> bool:
        """Return whether a report of the probe is not yet settled."""
        return self._db.execute("SELECT 1 FROM pending WHERE probe = ? LIMIT 1", (probe,)).fetchone() is not None

    def delete(self, up_to: int, beyond: Iterable[int] = ()) -> int:
        """Delete pending rows up to a sequence, and these; return how many."""
        count = self._db.execute("DELETE FROM pending WHERE sequence <= ?", (up_to,)).rowcount
        for sequence in beyond:
            count += self._db.execute("DELETE FROM pending WHERE sequence = ?", (sequence,)).rowcount
        return count

    def sizes(self) -> tuple[int, int, int]:
        """Return bytes of pending rows, how many they are, and bytes of blobs."""
        pending, count = self._db.execute("SELECT coalesce(sum(length(body)), 0), count(*) FROM pending").fetchone()
        blobs = self._db.execute("SELECT coalesce(sum(size), 0) FROM held_blobs").fetchone()[0]
        return int(pending), int(count), int(blobs)

    def put_blob(self, digest: bytes, data: bytes | memoryview, limit: int) -> None:
        """Keep a blob; others make room: those of no current fact first, the longest unused first."""
        tick = self._db.execute("SELECT coalesce(max(used), 0) + 1 FROM held_blobs").fetchone()[0]
        if self._db.execute("UPDATE held_blobs SET used = ? WHERE sha256 = ?", (tick, digest)).rowcount:
            return
        self._make_room(limit - len(data))
        self._db.execute("INSERT INTO held_blobs VALUES (?, ?, ?)", (digest, len(data), tick))
        made = self._db.execute("INSERT INTO blob_data VALUES (?, zeroblob(?))", (digest, len(data)))
        with self._db.blobopen("blob_data", "data", made.lastrowid or 0) as blob:
            for start in range(0, len(data), _PIECE):  # SQLite would copy all of it at once
                blob.write(data[start : start + _PIECE])

    def _make_room(self, limit: int) -> None:
        total = self.sizes()[2]
        if total <= limit:
            return
        in_use = "EXISTS (SELECT 1 FROM blob_uses u WHERE u.sha256 = b.sha256)"
        order = f"SELECT sha256, size FROM held_blobs b ORDER BY {in_use}, used"  # noqa: S608
        for digest, size in self._db.execute(order).fetchall():
            if total <= limit:
                return
            for table in ("held_blobs", "blob_data"):
                self._db.execute(f"DELETE FROM {table} WHERE sha256 = ?", (digest,))  # noqa: S608
            total -= size

    def blob(self, digest: bytes) -> bytes | None:
        """Return a blob, or None when it is not here or no longer what its name says."""
        size = self.blob_size(digest)
        return None if size is None else self.blob_piece(digest, 0, size)

    def blob_size(self, digest: bytes) -> int | None:
        """Return the size of a blob, or None when it is not here or no longer what its name says."""
        found = self._db.execute("SELECT size FROM held_blobs WHERE sha256 = ?", (digest,)).fetchone()
        if found is None:
            return None
        read = hashlib.sha256()
        for start in range(0, found[0], _PIECE):
            read.update(self.blob_piece(digest, start, _PIECE) or b"")
        return int(found[0]) if read.digest() == digest else None

    def blob_piece(self, digest: bytes, offset: int, length: int) -> bytes | None:
        """Return a part of a blob, or None when it is not here any more."""
        found = self._db.execute("SELECT rowid FROM blob_data WHERE sha256 = ?", (digest,)).fetchone()
        if found is None:
            return None
        with self._db.blobopen("blob_data", "data", found[0], readonly=True) as blob:
            blob.seek(offset)
            piece: bytes = blob.read(length)
            return piece

    def shrink(self) -> None:
        """Give some free pages back to the file system."""
        self._db.execute("PRAGMA incremental_vacuum(256)").fetchall()

    def close(self) -> None:
        """Close the database; what was committed stays."""
        self._db.close()


def _checksum(sequence: int, body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=8, key=sequence.to_bytes(8, "big")).digest()
