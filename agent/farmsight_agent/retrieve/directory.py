"""The directory that this machine belongs to, for LDAP URLs that name no host."""

import sys
from typing import Protocol

from farmsight_agent.hosts.linux.membership import membership
from farmsight_agent.retrieve.ldap import Found
from farmsight_agent.retrieve.ldap_url import LdapUrl
from farmsight_agent.retrieve.limits import Deadline, Limits
from farmsight_agent.retrieve.trouble import RetrievalTroubleError
from farmsight_wire.v1 import facts_pb2


class Directory(Protocol):
    """What a machine's own domain adds to LDAP."""

    def controller(self, deadline: Deadline, limits: Limits) -> str:
        """Return the host name of a domain controller; raises `RetrievalTroubleError` where there is none."""

    def is_own(self, host: str) -> bool:
        """Tell whether a host is of the machine's own domain or forest: only there the account shows itself."""

    def read_as_account(
        self, url: LdapUrl, place: str, names: tuple[str, ...], deadline: Deadline, limits: Limits
    ) -> Found:
        """Return what the account itself may read at "host:port"; raises `RetrievalTroubleError`."""


class NoDirectory:
    """A machine on which no program finds a domain controller for an LDAP URL: any but Windows.

    The domain's name server could be asked for one here too. But what no
    client on the machine does proves nothing about its clients, and Active
    Directory shows nothing to a reader that did not bind.
    """

    def controller(self, deadline: Deadline, limits: Limits) -> str:
        """Raise NOT_POSSIBLE_HERE, and say in which domain the machine is, if in any."""
        del deadline, limits
        raise not_possible(_linux_membership())

    def is_own(self, host: str) -> bool:
        """Return False."""
        del host
        return False

    def read_as_account(
        self, url: LdapUrl, place: str, names: tuple[str, ...], deadline: Deadline, limits: Limits
    ) -> Found:
        """Raise NOT_POSSIBLE_HERE."""
        del url, place, names, deadline, limits
        raise not_possible("on this system no account binds to a directory by itself")


def not_possible(text: str) -> RetrievalTroubleError:
    """Return the trouble of what can't work on this machine, whatever the network does."""
    return RetrievalTroubleError(facts_pb2.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE, text)


def own_directory() -> Directory:
    """Return the directory of the machine that this process runs on."""
    if sys.platform == "win32":
        from farmsight_agent.retrieve.directory_windows import WindowsDirectory  # noqa: PLC0415 - Windows alone has it

        return WindowsDirectory()
    return NoDirectory()


def _linux_membership() -> str:
    joined, domain = membership()
    if joined == facts_pb2.TRISTATE_YES:
        return f"ldap:/// names no host: this machine is in the domain {domain}, but nothing on it looks there for one"
    if joined == facts_pb2.TRISTATE_NO:
        return "ldap:/// names no host, and this machine is in no domain where one could be found"
    return "ldap:/// names no host, and whether this machine is in a domain could not be read"
