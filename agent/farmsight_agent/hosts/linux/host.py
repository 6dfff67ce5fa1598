"""A Linux machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from farmsight_agent.hosts.absent import AbsentHost
from farmsight_agent.hosts.host import Account, Seen, StoredCertificate, StoredCrl
from farmsight_agent.hosts.linux import accounts, clock, haproxy, identity, listeners, nginx, proxies, services, trust
from farmsight_agent.outcome import NotApplicableError
from farmsight_wire.v1 import facts_pb2

if TYPE_CHECKING:
    from farmsight_agent.config import Config


class LinuxHost(AbsentHost):
    """What only Windows has does not apply here; the rest is read from the system itself."""

    platform = "linux"

    def __init__(self, config: "Config", root: Path = Path("/")) -> None:
        """Take the configuration, and the root that files are read below."""
        super().__init__(NotApplicableError, "not-windows", "only Windows has it")
        self._server_name = config.server_name
        self._contexts = config.contexts
        self._root = root

    def identity(self, names: Sequence[str]) -> Seen[facts_pb2.HostIdentity]:
        """Return who this machine is, and how it resolves the names."""
        return identity.identity(names, self._server_name, self._root)

    def clock_offsets(self) -> Seen[facts_pb2.ClockOffset]:
        """Return what chrony or systemd-timesyncd measured."""
        return clock.offsets()

    def store_names(self) -> Seen[str]:
        """Return ROOT: what the system's TLS libraries trust."""
        return Seen(values=("ROOT",), source="linux")

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        """Return the trusted authorities."""
        if store != "ROOT":
            raise self._error(f"certificate store {store}")
        return trust.certificates(self._root)

    def store_crls(self, store: str) -> Seen[StoredCrl]:
        """Return nothing: the system's trust store holds no CRLs."""
        if store != "ROOT":
            raise self._error(f"CRLs of store {store}")
        return Seen(values=(), source="linux")

    def tls_bindings(self) -> Seen[facts_pb2.TlsBinding]:
        """Return the TLS servers of nginx and HAProxy."""
        found = (nginx.bindings(self._root), haproxy.bindings(self._root))
        sources = dict.fromkeys(one.source for one in found if one.values)
        return Seen(
            values=tuple(value for one in found for value in one.values),
            lines=tuple(line for one in found for line in one.lines),
            source=" ".join(sources) or "linux",
        )

    def listeners(self) -> Seen[facts_pb2.Listener]:
        """Return the listening sockets."""
        return listeners.listening()

    def services(self) -> Seen[facts_pb2.Service]:
        """Return proxies, time services and directory services."""
        return services.services(self._root)

    def proxy_settings(self, account: Account) -> Seen[facts_pb2.ProxySetting]:
        """Return the environment's proxy for an account."""
        return proxies.settings(account, self._root)

    def accounts(self) -> Sequence[Account]:
        """Return the configured contexts; without any, this process's own account as the caller."""
        if not self._contexts:
            return (accounts.own(),)
        return tuple(accounts.configured(context, name) for context, name in sorted(self._contexts.items()))
