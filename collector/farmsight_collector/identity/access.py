"""What programs may do: the collector's own token, and those that `web token --api` made.

A token that was found is remembered for a moment, so that a program that asks
often costs the store nothing; a revoked one is let in for no longer than that.
"""

import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from farmsight_collector.clock import Clock
from farmsight_collector.identity.people import PREFIX, digest
from farmsight_collector.store import people
from farmsight_collector.store.engine import Store

REMEMBERED_S: Final = 10.0
_MOST: Final = 1000
_LONGEST: Final = 200
OWN: Final = "token"  # the name of whoever has the collector's own


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whose token it is, and what it may be used for."""

    name: str
    role: str


class Access:
    """Tells whose a token is; safe from any thread."""

    def __init__(
        self, own: Mapping[str, str], find: Callable[[bytes], Caller | None], monotonic: Callable[[], float]
    ) -> None:
        """`own` are tokens with their roles, `find` looks for the hash of another."""
        self._own = {token.encode(): role for token, role in own.items()}
        self._find = find
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()

    def caller(self, token: str) -> Caller | None:
        """Return whose token this is, None for nobody's; may read the store. Raises StoreError."""
        shown = token.strip().encode("utf-8", "replace")
        for known, role in self._own.items():
            if hmac.compare_digest(known, shown):
                return Caller(name=OWN, role=role)
        if not token.startswith(PREFIX) or len(token) > _LONGEST:
            return None
        hashed, now = digest(token.strip()), self._monotonic()
        with self._lock:
            held = self._known.get(hashed)
        if held is not None and now - held[1] < REMEMBERED_S:
            return held[0]
        found = self._find(hashed)
        with self._lock:
            self._known.pop(hashed, None)
            if found is not None:
                self._known[hashed] = found, now
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return found


def access(own: Mapping[str, str], store: Store, clock: Clock) -> Access:
    """Return who may ask: holders of these tokens, and of those in the store."""

    def find(hashed: bytes) -> Caller | None:
        with store.read() as connection:
            token = people.api_token(connection, hashed, clock.now())
        return None if token is None else Caller(name=token.name, role=token.role)

    return Access(own, find, clock.monotonic)
