"""What names may look like: servers, hosts, agents, and the URI that a certificate carries."""

import ipaddress
import re
import secrets
from typing import Final

# What agents verify, whatever address they reach the collector by.
COLLECTOR: Final = "collector.farmsight"
_AGENT_URI: Final = "farmsight://agent/"

# RFC 1123 section 2.1 labels, 253 characters in all; no wildcard.
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_SERVER: Final = re.compile(r"[A-Za-z0-9._-]{1,63}", re.ASCII)
_AGENT: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def is_host_name(text: str) -> bool:
    """Tell whether this is a DNS host name."""
    return len(text) <= 253 and _HOST.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """Tell whether this is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_server(text: str) -> bool:
    """Tell whether a server may be enrolled under this name."""
    return _SERVER.fullmatch(text) is not None and text.strip(".") != ""


def new_agent_id() -> str:
    """Return a fresh agent id: 128 random bits in hex."""
    return secrets.token_hex(16)


def agent_uri(agent_id: str) -> str:
    """Return the URI that an agent's certificate carries as its subject alternative name."""
    return _AGENT_URI + agent_id


def agent_id_of(uri: str) -> str | None:
    """Return the agent id in a URI, or None when it is not an agent's."""
    agent_id = uri.removeprefix(_AGENT_URI)
    return agent_id if agent_id != uri and _AGENT.fullmatch(agent_id) else None
