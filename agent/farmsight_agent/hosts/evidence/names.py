"""Whose a file is, by its name and the folders that it lies in, and what else its name says."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence import copies
from farmsight_agent.hosts.evidence.contexts import is_service_account
from farmsight_agent.hosts.evidence.promises import form_named, promised_by_name

TENANT: Final = "entra"  # `entra.json`, `entra_trustedca.txt`: the tenant's, no server's
# The names that the article, the collection script and our own documents use behind the computer's.
_CANONICAL: Final = re.compile(
    r"(?:49443|sslcert|iplisten|servicestate|winhttp|advproxy|excludedportrange|authprovider|claimstrust"
    r"|rptrust|properties|globalpolicy|endpoints|certificates|sync|wapconfiguration|applications"
    r"|store_[^/]+?|(?:[^/]+_)?(?:urlcache|(?:subca|usercert)[^/]*?))\.txt"
    r"|(?:adfs|wap|host|farm|collection)\.json|collection\.log|store_[^/]+?\.(?:pem|p7b|cer|crt|sst|der)",
    re.IGNORECASE,
)
_COMPUTER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9.-]*)?")
# A name that says what the server does, and which of them it is: nothing else in an evidence folder is called so.
_SPEAKING: Final = re.compile(
    r"(?=.*\d)[A-Z0-9-]*(?:ADFS|STS|WAP|PROXY|PRX|FS)[A-Z0-9-]*(?:\.[A-Z0-9.-]+)?", re.IGNORECASE
)
# What stands before an underscore, or is a folder's name, and is a word for what is in it, not a computer.
_WORDS: Final = frozenset(
    {
        "store", "stores", "netsh", "certutil", "url", "urls", "ssl", "tls", "http", "https", "get", "show", "host",
        "cert", "certs", "certificates", "user", "users", "root", "sub", "ca", "crl", "crls", "pki", "my", "export",
        "exports", "exported", "output", "outputs", "evidence", "log", "logs", "old", "new", "copy", "backup", "test",
        "temp", "tmp", "final", "before", "after", "first", "second", "last", "entra", "azure", "azuread", "msol",
        "tenant", "graph", "powershell", "ps", "text", "txt", "json", "xml", "files", "data", "collected", "capture",
        "captures", "captured", "desktop", "downloads", "documents", "transcript", "transcripts", "all", "result",
        "results", "article", "case", "farm", "servers", "server", "run", "round", "try", "day", "step", "part", "zip",
        "misc", "other", "others", "attachments", "mail", "full", "short", "long", "verbose", "raw", "internal",
        "external", "intern", "extern", "inside", "outside", "proxy",
    }
)  # fmt: skip
_NUMBERED: Final = re.compile(
    r"(?:run|round|try|day|step|part|capture|attempt|output|evidence|log|folder|transcript|session)\d+", re.IGNORECASE
)
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_COLLECTED: Final = re.compile(r"farmsight-(.+?)-\d{8}T\d{6}Z?", re.IGNORECASE)
_ACCOUNT: Final = re.compile(
    r"(?:(?P<user>.+)_)?(?P<about>subca|usercert|rootca|issuingca|urlcache|verify(?!store)|urlfetch)[^_]*",
    re.IGNORECASE,
)
_STORE: Final = re.compile(r"(?:^|_)(?:verify)?store[_ -](?P<store>[A-Za-z0-9][A-Za-z0-9-]*)", re.IGNORECASE)
_STORES: Final = frozenset(
    {"root", "ca", "my", "authroot", "disallowed", "ntauth", "trustedpeople", "adfstrusteddevices", "clientauthissuer"}
)
_LISTS_A_STORE: Final = re.compile(r"txt|log|out|sst|p7b", re.IGNORECASE)
_HOLDS_CERTIFICATES: Final = re.compile(r"pem|p7b|p7c|cer|crt|der|sst|crl", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"entra_federation_(?P<domain>.+?)\.(?:txt|json)", re.IGNORECASE)
_OF_DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]+")
_FILE: Final = re.compile(r"[^<>|\"*?\r\n\t]{1,200}\.(?:txt|log|out|json|pem|cer|crt|p7b)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What a file's name says: the computer ("" where it names none), and the rest of the name.

    `doubtful`: what is taken for the computer may as well be the account that certutil ran as.
    """

    computer: str
    rest: str
    canonical: bool
    doubtful: bool = False

    @property
    def account(self) -> str:
        """Return the user name in the name of a certutil output, as the article gives it."""
        found = _ACCOUNT.match(self.rest)
        user = ((found["user"] or "") if found else "").strip()
        return "" if user.lower() in _WORDS else user

    @property
    def about(self) -> str:
        """Return the store, the domain or the certificate that the name speaks of."""
        domain = _DOMAIN.fullmatch(self.rest)
        if domain:
            return domain["domain"].lower()
        stem, _, ending = self.rest.rpartition(".")
        stem = copies.plain(stem)
        store = _STORE.search(stem)
        if store:
            return store["store"]
        told = _ACCOUNT.match(stem)
        if told and not _HOLDS_CERTIFICATES.fullmatch(ending):
            return "" if told["about"].lower() == "urlcache" else stem[told.start("about") :].lower()
        alone = stem.rpartition("_")[2]
        return alone if alone.lower() in _STORES and _LISTS_A_STORE.fullmatch(ending) else ""


def computer_name(text: str) -> str:
    """Return a computer's name as farmsight spells it: the first label, upper case; "" for what is none."""
    text = text.strip()
    name = text.partition(".")[0].upper() if _COMPUTER.fullmatch(text) else ""
    return name if any(letter.isalpha() for letter in name) else ""


def naming(name: str, known: Collection[str] = ()) -> Naming:
    """Return what a file's name says; a computer that is `known` (upper case) may hold underscores."""
    base = name.rpartition("/")[2]
    at = _begin_of_rest(base, known)
    if at:
        return _named(base[: at - 1], base[at:])
    before, _, rest = base.partition("_")
    if before.lower() == TENANT or is_service_account(before):
        return _nameless(base)
    canonical = bool(rest and _CANONICAL.fullmatch(rest))
    if canonical and _ADDRESS.fullmatch(before):
        return Naming(computer=before, rest=rest, canonical=True)
    computer = computer_name(before)
    if computer and before.lower() not in _WORDS and (canonical or _speaks(before, rest)):
        return _named(before, rest)
    return _elsewhere(base, known)


def _named(before: str, rest: str) -> Naming:
    told = _ACCOUNT.match(rest)
    return Naming(
        computer=computer_name(before),
        rest=rest,
        canonical=bool(_CANONICAL.fullmatch(rest)),
        doubtful=told is not None and told["user"] is None and not _SPEAKING.fullmatch(before),
    )


def _nameless(base: str) -> Naming:
    return Naming(computer="", rest=base, canonical=bool(_CANONICAL.fullmatch(base)))


def _begin_of_rest(base: str, known: Collection[str]) -> int:
    """Return where the rest of a name begins behind a known computer, with its domain or without; 0 behind none."""
    for at in range(len(base) - 2, 0, -1):
        if base[at] == "_":
            computer, dot, domain = base[:at].partition(".")
            if computer.upper() in known and (not dot or _OF_DOMAIN.fullmatch(domain)):
                return at + 1
    return 0


def _speaks(before: str, rest: str) -> bool:
    return bool(rest) and (promised_by_name(rest) is not None or _SPEAKING.fullmatch(before) is not None)


def _elsewhere(base: str, known: Collection[str]) -> Naming:
    """Return a name in which the computer stands elsewhere than before an underscore, where one certainly does."""
    stem, dot, ending = base.rpartition(".")
    found: set[str] = set()
    for one in re.split(r"[_ ]+", copies.plain(stem or base)):
        name = computer_name(one)
        if name and (name in known or _SPEAKING.fullmatch(one)):
            found.add(one)
    # A hyphen or a blank may part a computer's name from the rest.
    ends = (at for at in range(1, len(base) + 1) if base[at : at + 1] in ("", "-", " "))
    starts = {base[:at] for at in ends if base[:at].upper() in known}
    found = found or ({max(starts, key=len)} if starts else set())
    if len({computer_name(one) for one in found}) != 1:
        return _nameless(base)
    [one] = list(found)[:1]
    left = copies.plain(stem.replace(one, "", 1))
    return Naming(computer=computer_name(one), rest=f"{left.strip(' _-')}{dot}{ending}", canonical=False)


def folder_computer(folder: str) -> str:
    """Return the computer that one folder (or archive) may be called after, "" for none."""
    stem = re.sub(r"\.zip$", "", folder, flags=re.IGNORECASE)
    collected = _COLLECTED.fullmatch(stem)
    stem = copies.plain(collected[1] if collected else stem)
    words = _telling(stem)
    if _ADDRESS.fullmatch(stem):
        return stem
    if len(words) == 1 and words[0] != stem:
        return computer_name(words[0])
    return computer_name(stem) if words and stem.lower() not in _WORDS else ""


def remainder(name: str) -> str:
    """Return the computer that a file may be called after, where its name holds one word more than what is in it."""
    base = name.rpartition("/")[2]
    form = form_named(name)
    found = form.named.search(base) if form is not None and form.named is not None else None
    left = base if found is None else f"{base[: found.start()]} {base[found.end() :]}"
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", left.strip())
    words = [one.strip("-") for one in _telling(copies.plain(stem, numbers=True)) if one.strip("-")]
    return computer_name(words[0]) if len(words) == 1 else ""


def _telling(stem: str) -> list[str]:
    """Return the words of a name that say more than what is in a file or a folder."""
    words = (one for one in re.split(r"[_ ]+", stem) if one)
    return [one for one in words if one.lower() not in _WORDS and not _NUMBERED.fullmatch(one)]


def is_of_tenant(name: str) -> bool:
    """Tell whether a file's name says that it is the tenant's."""
    return re.match(rf"{TENANT}(?![A-Za-z0-9])", name.rpartition("/")[2], re.IGNORECASE) is not None


def speaks_of_server(computer: str) -> bool:
    """Tell a computer's name that says itself that it is one."""
    return _SPEAKING.fullmatch(computer) is not None


def is_file_name(text: str) -> bool:
    """Tell the name of an evidence file, with its folders or without."""
    if "." not in text[-5:]:
        return False
    base = re.split(r"[/\\]", text)[-1]
    return bool(_FILE.fullmatch(base)) and (promised_by_name(base) is not None or naming(base).canonical)
