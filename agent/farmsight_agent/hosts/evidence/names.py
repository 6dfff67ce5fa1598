"""Whose a file is, by its name and the folder it lies in."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.recognise import promised_by_name

TENANT: Final = "entra"  # `entra.json`, `entra_trustedca.txt`: the tenant's, no server's
# The names that the article, the collection script and our own documents use behind the computer's.
_CANONICAL: Final = re.compile(
    r"(?:49443|sslcert|iplisten|servicestate|winhttp|advproxy|excludedportrange|urlcache|authprovider|claimstrust"
    r"|rptrust|store_[^/]+?|(?:[^/]+_)?(?:subca|usercert)[^/]*?)\.txt"
    r"|(?:adfs|wap|host)\.json|store_[^/]+?\.(?:pem|p7b|cer|crt|sst|der)",
    re.IGNORECASE,
)
_COMPUTER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9.-]+)?")
# What stands before an underscore and is a word for the output, not a computer.
_WORDS: Final = frozenset(
    {
        "store", "netsh", "certutil", "url", "ssl", "http", "get", "show", "adfs", "wap", "host", "cert", "certs",
        "user", "root", "sub", "ca", "crl", "pki", "export", "output", "evidence", "log", "logs", "old", "new", "copy",
        "my", "entra", "msol", "azuread",
    }
)  # fmt: skip
_GENERIC_FOLDERS: Final = frozenset(
    {
        "stores", "store", "netsh", "certutil", "powershell", "output", "outputs", "evidence", "logs", "log", "text",
        "txt", "json", "certs", "certificates", "files", "data", "export", "exports", "collected", "temp", "tmp",
        "desktop", "downloads", "documents",
    }
)  # fmt: skip
_COLLECTED: Final = re.compile(r"farmsight-(.+?)-(\d{8}T\d{6})Z?", re.IGNORECASE)
_VERIFIED: Final = re.compile(r"(?:(?P<user>.+)_)?(?P<about>subca|usercert|rootca|issuingca)", re.IGNORECASE)
_STORE: Final = re.compile(r"(?:^|_)(?:verify)?store[_ -](?P<store>[A-Za-z0-9-]+)", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"entra_federation_(?P<domain>.+?)\.txt", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What a file's name says: the computer ("" where it names none), and the rest of the name."""

    computer: str
    rest: str
    canonical: bool

    @property
    def account(self) -> str:
        """Return the user name in the name of a certutil output, as the article gives it."""
        found = _VERIFIED.match(self.rest)
        return (found["user"] or "") if found else ""

    @property
    def about(self) -> str:
        """Return the store, the domain or the certificate that the name speaks of."""
        domain = _DOMAIN.fullmatch(self.rest)
        if domain:
            return domain["domain"].lower()
        verified = _VERIFIED.match(self.rest)
        if verified:
            return self.rest[verified.start("about") :].rpartition(".")[0].lower()
        store = _STORE.search(self.rest.rpartition(".")[0])
        return store["store"] if store else ""


def computer_name(text: str) -> str:
    """Return a computer's name as farmsight spells it: the first label, upper case; "" for what is none."""
    text = text.strip()
    return text.partition(".")[0].upper() if _COMPUTER.fullmatch(text) else ""


def naming(name: str, known: Collection[str] = ()) -> Naming:
    """Return what a file's name says; a computer that is `known` (upper case) may hold underscores."""
    base = name.rpartition("/")[2]
    longest = max((one for one in known if base.upper().startswith(one + "_")), key=len, default="")
    if longest:
        rest = base[len(longest) + 1 :]
        return Naming(computer=longest, rest=rest, canonical=bool(_CANONICAL.fullmatch(rest)))
    before, _, rest = base.partition("_")
    computer = computer_name(before)
    canonical = bool(rest and _CANONICAL.fullmatch(rest))
    if before.lower() == TENANT or not computer or not (canonical or _speaks(before, rest)):
        return Naming(computer="", rest=base, canonical=bool(_CANONICAL.fullmatch(base)))
    return Naming(computer=computer, rest=rest, canonical=canonical)


def _speaks(before: str, rest: str) -> bool:
    return before.lower() not in _WORDS and bool(rest) and promised_by_name(rest) is not None


def folder_computers(folder: str) -> list[str]:
    """Return the names of a file's folders that may be a computer's, the innermost first."""
    found = []
    for part in reversed([one for one in folder.split("/") if one]):
        stem = re.sub(r"\.zip$", "", part, flags=re.IGNORECASE)
        collected = _COLLECTED.fullmatch(stem)
        name = computer_name(collected[1] if collected else stem)
        if name and name.lower() not in _GENERIC_FOLDERS:
            found.append(name)
    return found


def is_of_tenant(name: str) -> bool:
    """Tell whether a file's name says that it is the tenant's."""
    return name.rpartition("/")[2].lower().startswith(TENANT)
