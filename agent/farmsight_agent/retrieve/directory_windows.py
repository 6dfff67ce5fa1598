"""The domain that this Windows server belongs to, and reading there as the account of this process."""

import sys
from collections.abc import Sequence

from farmsight_agent.hosts.windows.api import dnsapi, wldap32
from farmsight_agent.hosts.windows.api.limited import within
from farmsight_agent.hosts.windows.network import domain
from farmsight_agent.outcome import TimedOutError
from farmsight_agent.retrieve.directory_domain import DomainDirectory, Located, NotInDnsError
from farmsight_agent.retrieve.ldap import Found
from farmsight_agent.retrieve.ldap_result import from_api
from farmsight_agent.retrieve.ldap_url import LdapUrl
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_wire.v1 import facts_pb2

assert sys.platform == "win32"  # what it stands on is there only


class WindowsSystem:
    """What netapi32, dnsapi and wldap32 tell."""

    def __init__(self) -> None:
        """Nothing is asked yet."""
        self._membership: tuple[facts_pb2.Tristate.ValueType, str] | None = None

    def membership(self) -> tuple[facts_pb2.Tristate.ValueType, str]:
        """Return whether the server is in a domain, and the name of the domain or workgroup."""
        if self._membership is None:
            self._membership = domain.membership()
        return self._membership

    def locate(self, seconds: float) -> Located:
        """Return a domain controller as netlogon finds one; raises UnavailableError, TimedOutError."""
        found = domain.controller(seconds)
        return Located(host=found.host, domain=found.domain, forest=found.forest)

    def services(self, name: str) -> Sequence[str]:
        """Return the hosts of a name's SRV records; raises `NotInDnsError`."""
        try:
            return [one.target for one in dnsapi.services(name)]
        except dnsapi.DnsError as error:
            raise NotInDnsError(error.code) from error

    def read(self, place: str, url: LdapUrl, names: tuple[str, ...], deadline: Deadline, limits: Limits) -> Found:
        """Return what the account may read; raises `RetrievalTroubleError`, and TimeoutError at the deadline."""
        host, _, port = place.rpartition(":")
        search = wldap32.Search(
            dn=url.dn,
            scope=url.scope,
            filter=url.filter,
            attributes=names,
            connect_s=deadline.left(limits.connect_timeout_s),
            wait_s=deadline.left(limits.timeout_s),
            max_bytes=limits.max_bytes,
        )
        try:
            # The bind has no time limit of its own.
            found = within(deadline.left(limits.total_s), lambda: wldap32.read(host.strip("[]"), int(port), search))
        except TimedOutError as error:
            raise TimeoutError from error
        except wldap32.WldapError as error:
            raise from_api(error.doing, error.code, error.words) from error
        references = ("a place that the library does not tell",) if found.referred and not found.values else ()
        return Found(values=found.values, entries=found.entries, references=references)


class WindowsDirectory(DomainDirectory):
    """The directory of the domain that this server belongs to."""

    def __init__(self) -> None:
        """Nothing is asked yet."""
        super().__init__(system=WindowsSystem())
