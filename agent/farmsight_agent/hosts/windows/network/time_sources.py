"""Whom Windows' time service asks, as its settings say.

Source: "Windows Time service tools and settings", learn.microsoft.com: Type
is NTP (the peers of NtpServer), NT5DS (the domain), AllSync (both) or NoSync;
a peer is `name,flags`; Group Policy's values stand before the service's own.
"""

from dataclasses import dataclass
from typing import Final

MAX_PEERS: Final = 3
_DEFAULT: Final = "NT5DS"  # of a machine in a domain; the service writes Type on every other


@dataclass(frozen=True, kw_only=True)
class TimeSource:
    """How the service gets the time: its type, whether the domain is asked, which peers."""

    kind: str
    domain: bool
    peers: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Return the source as the fact tells it: the type, and the peers it names."""
        return " ".join((self.kind, *self.peers))


def time_source(kind: str, peers: str, *, joined: bool) -> TimeSource:
    """Return the source that `Type` and `NtpServer` describe; "" is the default of such a machine.

    A machine that is in no domain has no domain to ask, whatever the type.
    """
    known = {"ntp": "NTP", "nt5ds": "NT5DS", "allsync": "AllSync", "nosync": "NoSync"}
    spelled = known.get(kind.strip().lower(), kind.strip()[:40]) or (_DEFAULT if joined else "")
    named = tuple(dict.fromkeys(name for name in (_name(one) for one in peers.split()) if name))
    uses_peers = spelled in {"NTP", "AllSync"}
    return TimeSource(
        kind=spelled,
        domain=joined and spelled in {"NT5DS", "AllSync"},
        peers=named[:MAX_PEERS] if uses_peers else (),
    )


def _name(peer: str) -> str:
    """Return the host of one entry of NtpServer, or ""."""
    return peer.partition(",")[0].strip().lower()[:255]
