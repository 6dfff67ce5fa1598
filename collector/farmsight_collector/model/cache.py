"""What was read and parsed of a store, kept while there is room: the least recently used goes first."""

import itertools
import operator
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

from sqlalchemy.engine import Engine

from farmsight_collector.clock import moment
from farmsight_collector.model.view import Held
from farmsight_collector.store.facts import FactRow
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

FACTS_KEPT: Final = 200_000  # some 300 MB when no two are alike
_BY_KEY: Final = operator.attrgetter("key")
BLOB_BYTES_KEPT: Final = 64 * 1024 * 1024

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values up to a total weight, safe for threads."""

    def __init__(self, capacity: int) -> None:
        """Begin empty."""
        self._capacity = capacity
        self._weight = 0
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return a value, None when it is not here (any more)."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V, weight: int) -> None:
        """Keep a value unless it is heavier than all that may be kept."""
        if weight > self._capacity:
            return
        with self._lock:
            old = self._held.pop(key, None)
            self._weight += weight - (old[1] if old else 0)
            self._held[key] = (value, weight)
            while self._weight > self._capacity:
                _, (_, dropped) = self._held.popitem(last=False)
                self._weight -= dropped


class SlotState:
    """The facts that one slot held from one of its runs to the next, by kind."""

    def __init__(self, context: int, rows: Sequence[FactRow]) -> None:
        """Keep the rows; they are parsed when they are first asked for."""
        self._context = CONTEXT_NAMES[facts_pb2.Context.ValueType(context)]
        self._rows: Sequence[FactRow] | None = rows
        self._held: dict[str, tuple[Held, ...]] = {}

    def named(self, server: str) -> dict[str, tuple[Held, ...]]:
        """Return the facts by kind, each by key, as held by the server of this name (a slot has just one)."""
        rows = self._rows
        if rows is not None:
            by_kind: dict[str, list[Held]] = {}
            begins = {row.began: moment(row.began) for row in rows}
            for row in sorted(rows, key=_BY_KEY):
                digest = bytes(row.digest)
                held = Held.made(
                    server=server,
                    kind=row.kind,
                    context=self._context,
                    key=row.key,
                    digest=digest,
                    fact=parsed(digest, row.value),
                    began=begins[row.began],
                )
                by_kind.setdefault(row.kind, []).append(held)
            self._held = {kind: tuple(held) for kind, held in by_kind.items()}
            self._rows = None
        return self._held


class ViewCache:
    """What is kept of one store."""

    def __init__(self) -> None:
        """Begin empty."""
        self.slots: Recent[tuple[int, int, int, str], SlotState] = Recent(FACTS_KEPT)
        self.blobs: Recent[bytes, bytes] = Recent(BLOB_BYTES_KEPT)


_caches: "weakref.WeakKeyDictionary[Engine, ViewCache]" = weakref.WeakKeyDictionary()
_facts: Final[dict[bytes, tuple[facts_pb2.Fact, int]]] = {}  # by digest, with the length of the bytes
_facts_lock: Final = threading.Lock()


def cache_of(engine: Engine) -> ViewCache:
    """Return the cache of a store."""
    return _caches.setdefault(engine, ViewCache())


def parsed(digest: bytes, data: bytes) -> facts_pb2.Fact:
    """Return a fact, parsed once for all servers and times that hold the same; not to be changed.

    One that says which file and line it was read from is never shared: that
    is each server's own, and the digest does not cover it.
    """
    known = _facts.get(digest)  # a dictionary's own get needs no lock
    if known is not None and known[1] == len(data):  # longer: with a source
        return known[0]
    fact = facts_pb2.Fact.FromString(bytes(data))
    if fact.source:
        return fact
    with _facts_lock:
        if len(_facts) >= FACTS_KEPT:
            for old in list(itertools.islice(_facts, FACTS_KEPT // 10)):
                del _facts[old]
        _facts[digest] = (fact, len(data))
    return fact
