"""A CA: one key under one name, with all the certificates made out for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cached_property

from farmsight_collector.model.view import Held
from farmsight_collector.pki import names
from farmsight_collector.pki.known import Known


class Standing(IntEnum):
    """How it is known that a CA is in users' chains."""

    HELD = 1  # some server holds it, while those who name CAs name others
    UNDECIDED = 2  # some server holds it, and nobody names any CA; or the tenant does, by a name alone
    NAMED = 3  # the tenant, NTAuth, a client authentication issuers store or a user's chain names it or what it issued


@dataclass(frozen=True, kw_only=True)
class Authority:
    """One CA key under one name, with all the certificates made out for it, newest first."""

    id: int
    certificates: tuple[Known, ...]
    root: bool
    standing: Standing = Standing.HELD
    sources: tuple[str, ...] = ()  # who names this very CA
    alike: tuple[Held, ...] = ()  # the tenant's objects that may be this CA: they tell a name and no thumbprint
    parents: tuple[int, ...] = ()
    children: tuple[int, ...] = ()
    anchored: bool = True  # a path to a root is known

    @property
    def subject(self) -> str:
        """Return the CA's name, RFC 4514."""
        return self.certificates[0].subject

    @cached_property
    def name_key(self) -> str:
        """Return what is equal for equal names."""
        return names.text_key(self.subject)

    @cached_property
    def sha1s(self) -> frozenset[str]:
        """Return the thumbprints of all its certificates."""
        return frozenset(known.sha1 for known in self.certificates)

    @property
    def held(self) -> tuple[Held, ...]:
        """Return every fact that holds one of its certificates."""
        return tuple(held for known in self.certificates for held in known.held)

    @property
    def surely_root(self) -> bool:
        """Tell whether more than names says that it is a root."""
        return any(known.surely_root for known in self.certificates)

    def valid_at(self, at: datetime) -> tuple[Known, ...]:
        """Return its certificates that are valid at this time."""
        return tuple(known for known in self.certificates if known.valid_at(at))

    def other_key(self, other: "Authority") -> bool | None:
        """Tell whether two CAs of one name have two keys; None: one of them was seen in listings only."""
        if self.id == other.id:
            return False
        mine, theirs = self.certificates[0], other.certificates[0]
        both_read = mine.certificate is not None and theirs.certificate is not None
        return True if both_read or (mine.subject_key and theirs.subject_key) else None
