"""The names of the lab: one farm, four servers, one PKI. `.test` is nobody's (RFC 6761)."""

from dataclasses import dataclass
from typing import Final, Literal

DOMAIN: Final = "contoso.test"
FEDERATION_SERVICE: Final = f"sts.{DOMAIN}"
CERTAUTH: Final = f"certauth.{FEDERATION_SERVICE}"
PKI_HOST: Final = f"pki.{DOMAIN}"
PKI_URL: Final = f"http://{PKI_HOST}"

Role = Literal["adfs", "wap"]


@dataclass(frozen=True, kw_only=True)
class ServerName:
    """One server of the lab: its name, its role and its number in the addresses."""

    name: str
    role: Role
    number: int

    @property
    def fqdn(self) -> str:
        """Return its DNS name; a WAP is in a workgroup and has no more than its name and a suffix."""
        return f"{self.name.lower()}.{DOMAIN}"


SERVERS: Final = (
    ServerName(name="STS01", role="adfs", number=11),
    ServerName(name="STS02", role="adfs", number=12),
    ServerName(name="WAP01", role="wap", number=21),
    ServerName(name="WAP02", role="wap", number=22),
)
SERVER_NAMES: Final = tuple(server.name for server in SERVERS)

# The service that a context stands for, and the Linux account that plays it: these exist on any Debian.
CONTEXT_ACCOUNTS: Final[dict[Role, dict[str, str]]] = {
    "adfs": {"system": "root", "adfs-service": "daemon"},
    "wap": {"system": "root", "network-service": "nobody"},
}


@dataclass(frozen=True, kw_only=True)
class Addressing:
    """Which addresses the lab's servers have: those of its namespaces, or of the loopback network.

    What a server says of itself names the former in both cases: rules take a
    loopback address for the server itself, and rightly.
    """

    servers: str  # the first three numbers
    main: str  # of the two web servers
    mirror: str

    def of(self, server: ServerName) -> str:
        """Return the address of a server."""
        return f"{self.servers}.{server.number}"

    def of_nodes(self) -> list[str]:
        """Return where the federation service name leads to inside: the AD FS nodes."""
        return [self.of(server) for server in SERVERS if server.role == "adfs"]


IN_NAMESPACES: Final = Addressing(servers="10.77.0", main="10.77.1.20", mirror="10.77.1.21")
ON_LOOPBACK: Final = Addressing(servers="127.0.1", main="127.0.1.120", mirror="127.0.1.121")
