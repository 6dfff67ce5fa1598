"""Does an entry of a CRL call an extension critical that is not known (RFC 5280 5.3)? Then the CRL answers nothing.

Looked for in the bytes, an OID and TRUE after it: what looks so by chance is taken for it.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from farmsight_collector.pki import der
from farmsight_collector.pki.bounded import Bounded
from farmsight_collector.pki.crls import Crl

CRITICALS: Final = 200_000  # a list with more critical extensions than this answers nothing
_TRUE: Final = b"\x01\x01\xff"
# Reason, hold instruction, invalidity date, CA of the entry; of the list itself: number, delta, scope, key, freshest.
_CRITICAL_KNOWN: Final = frozenset(b"\x55\x1d" + bytes([last]) for last in (21, 23, 24, 29, 20, 27, 28, 35, 46))

_strange: Final[Bounded[bytes, bool]] = Bounded(4096)


def strange_entries(crl: Crl) -> bool:
    """Tell whether an entry calls an extension critical that is not known."""
    return _strange.get(crl.sha256, lambda: _looks_strange(crl.data))


def _looks_strange(data: bytes) -> bool:
    places = list(islice(_criticals(data), CRITICALS))
    return len(places) == CRITICALS or any(_strange_at(data, at) for at in places)


def _criticals(data: bytes) -> Iterator[int]:
    at = data.find(_TRUE)
    while at >= 0:
        yield at
        at = data.find(_TRUE, at + 1)


def _strange_at(data: bytes, at: int) -> bool:
    for length in range(1, min(at - 1, 40)):
        if data[at - length - 2] == der.OBJECT_IDENTIFIER and data[at - length - 1] == length:
            return data[at - length : at] not in _CRITICAL_KNOWN
    return False
