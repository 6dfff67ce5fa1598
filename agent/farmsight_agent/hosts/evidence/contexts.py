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
    "Netwerkservice", "USŁUGA SIECIOWA", "Nätverkstjänst", "NETTVERKSTJENESTE",
    "NETVÆRKSTJENESTE", "Verkkopalvelu", "HÁLÓZATI SZOLGÁLTATÁS", "AĞ HİZMETİ", "Síťová služba", "СЕТЕВАЯ СЛУЖБА",
    "NETWORK СЛУЖБА", "ΥΠΗΡΕΣΙΑ ΔΙΚΤΥΟΥ",
)  # fmt: skip
_NETBIOS: Final = 15  # letters of a computer's name that its account has
NETWORK_SERVICE: Final = Account(
    context=facts_pb2.CONTEXT_NETWORK_SERVICE, name="NT AUTHORITY\\NETWORK SERVICE", sid=listed.NETWORK_SERVICE_SID
)


def accounts(
    document: Located, captures: Iterable[Capture], server: str, elsewhere: Sequence[Account] = ()
) -> Sequence[Account]:
    """Return the accounts that documents list and that outputs were captured as, one a context.

    `elsewhere` are those that other evidence of the server lists: they are named, and not said to be asked about here.
    """
    own = listed.accounts(document)
    named = together(own, elsewhere)
    found = {one.context: one for one in own}
    for capture in captures:
        if capture.form in {"certutil-verify", "certutil-urlcache"}:
            one = account_of(capture.account, server, named)
            found.setdefault(one.context, one)
    return tuple(found.values())


def together(some: Sequence[Account], others: Sequence[Account]) -> Sequence[Account]:
    """Return the accounts with those of the others whose contexts are not among them."""
    contexts = {one.context for one in some}
    return (*some, *(one for one in others if one.context not in contexts))


def account_of(name: str, server: str, named: Sequence[Account]) -> Account:
    """Return the account that a user name in a file's name stands for; the caller's where nothing tells more.

    `named` are the accounts that the services are known to run as here.
    """
    plain = name.rpartition("\\")[2].partition("@")[0].strip()
    folded = _folded(plain)
    if folded in _SYSTEM or _is_machine(plain, server):
        return listed.SYSTEM
    if folded in _NETWORK_SERVICE:
        return NETWORK_SERVICE
    service = next((one for one in named if one.context == facts_pb2.CONTEXT_ADFS_SERVICE), None)
    if service is not None and folded and folded in _spellings(service.name):
        return service
    if service is None and plain.endswith("$"):
        # A managed service account, and on these servers only AD FS runs as one.
        return Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name=plain)
    return Account(context=facts_pb2.CONTEXT_CALLER, name=plain)


def _is_machine(plain: str, server: str) -> bool:
    """Tell the computer's own account, with its domain before it (`CONTOSO_WAP01$`) or without."""
    own = f"{server.upper()[:_NETBIOS]}$"
    return len(own) > 1 and (plain.upper() == own or plain.upper().endswith(f"_{own}"))


def _spellings(name: str) -> frozenset[str]:
    """Return how an account may stand in a file's name: alone, or with its domain before it."""
    domain, _, user = name.rpartition("\\")
    user, _, realm = user.partition("@")
    return frozenset(_folded(one) for one in (user, domain + user, f"{realm.partition('.')[0]}{user}"))


def is_service_account(name: str) -> bool:
    """Tell a name of SYSTEM or of NETWORK SERVICE, in any display language."""
    return _folded(name) in _SYSTEM | _NETWORK_SERVICE


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in plain if one.isalnum() and not unicodedata.combining(one))


_SYSTEM: Final = frozenset(map(_folded, _SYSTEM_NAMES))
_NETWORK_SERVICE: Final = frozenset(map(_folded, _NETWORK_SERVICE_NAMES))
