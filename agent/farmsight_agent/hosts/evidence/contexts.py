"""As whom an output was captured: from the user name in a file's name to a context.

Under SYSTEM and under NETWORK SERVICE the variable %username% holds the
computer's account; the article's command runs as SYSTEM, so that name counts
as SYSTEM.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from farmsight_agent.hosts.evidence.capture import Capture
from farmsight_agent.hosts.evidence.documents import accounts as listed
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.host import Account
from farmsight_wire.v1 import facts_pb2

# What Windows calls these accounts in its display languages.
_SYSTEM_NAMES: Final = ("SYSTEM", "LocalSystem", "Système", "SISTEMA", "СИСТЕМА", "RENDSZER", "Järjestelmä")
_NETWORK_SERVICE_NAMES: Final = (
    "NETWORK SERVICE", "Netzwerkdienst", "SERVICE RÉSEAU", "Servicio de red", "SERVIZIO DI RETE", "SERVIÇO DE REDE",
    "SERVIÇO DE REDE LOCAL", "Netwerkservice", "USŁUGA SIECIOWA", "Nätverkstjänst", "NETTVERKSTJENESTE",
    "NETVÆRKSTJENESTE", "Verkkopalvelu", "HÁLÓZATI SZOLGÁLTATÁS", "AĞ HİZMETİ", "Síťová služba", "СЕТЕВАЯ СЛУЖБА",
    "NETWORK СЛУЖБА", "ΥΠΗΡΕΣΙΑ ΔΙΚΤΥΟΥ",
)  # fmt: skip
NETWORK_SERVICE: Final = Account(
    context=facts_pb2.CONTEXT_NETWORK_SERVICE, name="NT AUTHORITY\\NETWORK SERVICE", sid=listed.NETWORK_SERVICE_SID
)


def accounts(document: Located, captures: Iterable[Capture], server: str) -> Sequence[Account]:
    """Return the accounts that documents list and that outputs were captured as, one a context."""
    named = listed.accounts(document)
    found = {one.context: one for one in named}
    for capture in captures:
        if capture.form in {"certutil-verify", "certutil-urlcache"}:
            one = account_of(capture.account, server, named)
            found.setdefault(one.context, one)
    return tuple(found.values())


def account_of(name: str, server: str, named: Sequence[Account]) -> Account:
    """Return the account that a user name in a file's name stands for; the caller's where nothing tells more.

    `named` are the accounts that the services are known to run as here.
    """
    plain = name.rpartition("\\")[2].partition("@")[0].strip()
    folded = _folded(plain)
    if folded in _SYSTEM or plain.upper() == f"{server.upper()}$":
        return listed.SYSTEM
    if folded in _NETWORK_SERVICE:
        return NETWORK_SERVICE
    service = next((one for one in named if one.context == facts_pb2.CONTEXT_ADFS_SERVICE), None)
    if service is not None and plain and _folded(service.name.rpartition("\\")[2]) == folded:
        return service
    if service is None and plain.endswith("$"):
        # A managed service account, and on these servers only AD FS runs as one.
        return Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name=plain)
    return Account(context=facts_pb2.CONTEXT_CALLER, name=plain)


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in plain if one.isalnum() and not unicodedata.combining(one))


_SYSTEM: Final = frozenset(map(_folded, _SYSTEM_NAMES))
_NETWORK_SERVICE: Final = frozenset(map(_folded, _NETWORK_SERVICE_NAMES))
