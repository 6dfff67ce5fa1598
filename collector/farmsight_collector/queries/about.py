"""What a text that somebody types names: a server, a certificate, a URL, a binding, a finding."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.engine import Connection

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.rules.catalogue import BY_CODE
from farmsight_collector.store import farms

What = Literal["server", "certificate", "subject", "url", "binding", "finding"]

_THUMBPRINT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FINDING: Final = re.compile(r"[0-9a-f]{16}")
_BINDING: Final = re.compile(r"(?:\[[0-9a-fA-F:.%]+\]|[\w.*+-]+):\d{1,5}(?:/.*)?")
_URL: Final = re.compile(r"(?:https?|ldaps?|file)://.*", re.IGNORECASE)
_NAME: Final = re.compile(r"(?:CN|OU|O|DC|C|SERIALNUMBER|E|UID)\s*=.*", re.IGNORECASE)
LONGEST: Final = 2000


@dataclass(frozen=True, kw_only=True)
class About:
    """What it is, and how facts spell it."""

    what: What
    name: str


def understood(connection: Connection, farm: str, text: str) -> About:
    """Return what a text names in a farm; raises InvalidRequestError for what can name nothing."""
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise InvalidRequestError("about: a server, a certificate's thumbprint or subject, a URL, a binding, a finding")
    farm_id = farms.farm_id(connection, farm)
    servers = {} if farm_id is None else {row.name.lower(): row.name for row in farms.servers(connection, farm_id)}
    if said.lower() in servers:
        return About(what="server", name=servers[said.lower()])
    bare = re.sub(r"[\s:\u200e\u200f-]", "", said).lower()  # as a certificate's window shows it, marks and all
    if _THUMBPRINT.fullmatch(bare):
        return About(what="certificate", name=bare)
    if _FINDING.fullmatch(said) or said in BY_CODE:
        return About(what="finding", name=said)
    if _URL.fullmatch(said):
        return About(what="url", name=said)
    if _NAME.fullmatch(said):
        return About(what="subject", name=re.sub(r",\s+", ",", said))
    if _BINDING.fullmatch(said):
        return About(what="binding", name=said)
    return About(what="subject", name=re.sub(r",\s+", ",", said))
