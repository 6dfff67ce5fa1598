"""The directory of a machine that may be in an Active Directory domain, whatever system tells about it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from farmsight_agent.outcome import NotObservedError
from farmsight_agent.retrieve.directory import not_possible
from farmsight_agent.retrieve.ldap import Found, plain_name
from farmsight_agent.retrieve.ldap_url import LdapUrl
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2


@dataclass(frozen=True, kw_only=True)
class Located:
    """A domain controller by its DNS name, with its domain and forest, "" where not told."""

    host: str
    domain: str = ""
    forest: str = ""


class NotInDnsError(Exception):
    """The resolver gave no SRV record; `code` is the system's."""

    def __init__(self, code: int) -> None:
        """Keep the code."""
        super().__init__(str(code))
        self.code = code


class System(Protocol):
    """What the operating system tells of its domain, and how its accounts read there."""

    def membership(self) -> tuple[facts_pb2.Tristate.ValueType, str]:
        """Return whether the machine is in a domain, and the name of the domain or workgroup."""

    def locate(self, seconds: float) -> Located:
        """Return a domain controller as the system finds one; raises NotObservedError."""

    def services(self, name: str) -> Sequence[str]:
        """Return the hosts of a name's SRV records, the one to turn to first; raises `NotInDnsError`."""

    def read(self, place: str, url: LdapUrl, names: tuple[str, ...], deadline: Deadline, limits: Limits) -> Found:
        """Return what the account of this process may read; raises `RetrievalTroubleError`."""


@dataclass(kw_only=True)
class DomainDirectory:
    """The domain's directory as the system finds it; found once a run, for all its URLs."""

    system: System
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _located: Located | RetrievalTroubleError | None = None

    def controller(self, deadline: Deadline, limits: Limits) -> str:
        """Return a domain controller's name.

        It is the one that the system's own locator gives; where that gives
        none, the first of the SRV records that it looks for itself
        ([MS-ADTS] 6.3.2.3, _ldap._tcp.dc._msdcs.DOMAIN). Raises
        `RetrievalTroubleError`: NOT_POSSIBLE_HERE outside a domain,
        NAME_NOT_RESOLVED where neither finds one.
        """
        found = self._find(deadline.left(limits.total_s))
        if isinstance(found, RetrievalTroubleError):
            raise found
        return found.host

    def is_own(self, host: str) -> bool:
        """Tell whether a host's name lies in the machine's domain, or in the forest of its domain controller."""
        joined, domain = self.system.membership()
        if joined != facts_pb2.TRISTATE_YES:
            return False
        names = {domain.lower()}
        if isinstance(self._located, Located):
            names |= {self._located.domain, self._located.forest}
        plain = host.rstrip(".").lower()
        # A name without a dot says nothing of a domain, and could be anybody's.
        return any(plain.endswith(f".{name}") for name in names if "." in name)

    def read_as_account(
        self, url: LdapUrl, place: str, names: tuple[str, ...], deadline: Deadline, limits: Limits
    ) -> Found:
        """Return what the account may read there, of the attributes asked for."""
        found = self.system.read(place, url, names, deadline, limits)
        wanted = {plain_name(name) for name in names}
        values = [(plain_name(name), value) for name, value in found.values if plain_name(name) in wanted]
        return Found(values=values, entries=found.entries, references=found.references)

    def _find(self, seconds: float) -> Located | RetrievalTroubleError:
        with self._lock:
            if self._located is None:
                self._located = self._looked_for(seconds)
            return self._located

    def _looked_for(self, seconds: float) -> Located | RetrievalTroubleError:
        joined, domain = self.system.membership()
        if joined == facts_pb2.TRISTATE_NO:
            return not_possible(f"this server is in the workgroup {domain}: ldap:/// needs a domain")
        if joined != facts_pb2.TRISTATE_YES:
            text = "whether this server is in a domain could not be read"
            return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN, text)
        try:
            return self.system.locate(seconds)
        except NotObservedError as error:
            why = error.detail or error.reason
        return self._by_name(domain, why)

    def _by_name(self, domain: str, why: str) -> Located | RetrievalTroubleError:
        name = f"_ldap._tcp.dc._msdcs.{domain}"
        try:
            hosts = self.system.services(name)
        except NotInDnsError as error:
            text = f"no domain controller of {domain} is found ({why}), and no SRV record {name} (error {error.code})"
            return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED, text, error.code)
        if not hosts:
            text = f"no domain controller of {domain} is found ({why}), and {name} has no SRV record"
            return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED, text)
        return Located(host=hosts[0], domain=domain.lower())
