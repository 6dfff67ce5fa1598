"""Which endpoint is looked at, and how long that may take."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

CERTIFICATE_TRANSPORT: Final = "/adfs/services/trust/2005/certificatetransport"
METADATA: Final = "/federationmetadata/2007-06/federationmetadata.xml"
PROBE: Final = "/adfs/probe"
PLAIN_PORT: Final = 80
HTTPS_PORT: Final = 443
TLS_CLIENT_PORT: Final = 49443  # AD FS's default for certificates over a port of their own


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A name, port and path to look at; `own_addresses` are tried beside what the name resolves to."""

    name: str
    port: int
    path: str
    own_addresses: tuple[str, ...] = ()

    @property
    def plain(self) -> bool:
        """Tell whether this is HTTP without TLS."""
        return self.port == PLAIN_PORT

    def to_json(self) -> dict[str, Any]:
        """Return this as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Endpoint":
        """Return the endpoint that `to_json` wrote; raises KeyError or TypeError for anything else."""
        return cls(**{**data, "own_addresses": tuple(data["own_addresses"])})


@dataclass(frozen=True, kw_only=True)
class Patience:
    """`timeout_s` for a connection or a handshake, `wait_s` for the answer to a request."""

    timeout_s: float = 10.0
    wait_s: float = 5.0


def path_for(name: str, port: int) -> str:
    """Return the one path that tells most about an endpoint of AD FS."""
    if port == PLAIN_PORT:
        return PROBE
    if port == HTTPS_PORT and not name.lower().startswith("certauth."):
        return METADATA
    return CERTIFICATE_TRANSPORT
