"""One text with stand-ins: names that are known, and whatever has the shape of a name, in one pass."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from farmsight_collector.report.redaction.distinguished import CATEGORIES, unescaped
from farmsight_collector.report.redaction.known import Known, folded
from farmsight_collector.report.redaction.stand_ins import StandIns, is_given, is_public
from farmsight_collector.report.redaction.urls import URL, Urls, end_of
from farmsight_collector.report.redaction.words import (
    ACCOUNTS,
    AD_FS_MADE,
    DIRECTORY_WORDS,
    TENANTS,
    is_top,
    vocabulary,
)

KEPT_TEXTS: Final = 100_000  # that are remembered
_WORD: Final = re.compile(r"[^\W_]+")
_HEX: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{16,}(?![0-9A-Za-z])")
_PAIRS: Final = re.compile(r"[0-9a-fA-F]{2}(?:[: -][0-9a-fA-F]{2}){7,}(?![0-9A-Za-z])")
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9A-Za-z])")
_SID: Final = re.compile(r"S-1-\d+(?:-\d+)+")
_MAIL: Final = re.compile(r"[^\s\"'<>,;:()@\\/=\[\]]+@(?:[\w-]+\.)+[\w-]+")
_ACCOUNT: Final = re.compile(r"(?P<domain>[\w.-]{1,64})\\(?P<name>[\w.-]{1,64}\$?)")
_FULL_NAME: Final = re.compile(r"(?:[\w-]+\.)+[A-Za-z][\w-]*(?![\w-])")
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
_ADDRESS_6: Final = re.compile(r"(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![0-9A-Za-z:])")
_PREFIX: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,2}\.\*")
_ATTRIBUTE: Final = re.compile(
    r"(?:CN|cn|OU|ou|O|DC|dc|L|ST|S|C|E|STREET|EMAIL|emailAddress|EMAILADDRESS|SERIALNUMBER|serialNumber|UID|T|TITLE"
    r"|SN|GN|G|SURNAME|GIVENNAME|POSTALCODE|organizationIdentifier|(?:OID\.)?\d+(?:\.\d+){3,})=(?=[^\s=])"
)
_VALUE: Final = re.compile(r"(?:\\.|[^,;+\"'<>()/\\\r\n\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}]){1,64}")
_HOME: Final = re.compile(r"Users\\(?P<name>[^\\\s\"']+)")
_SHARE: Final = re.compile(r"\\\\(?P<host>[\w.-]+)\\(?P<rest>[^\s\"']+)")
# The rule language of AD FS: its texts name groups, stores and attributes of somebody.
_CLAIM_RULE: Final = re.compile(r"=>\s*(?:issue|add)\b|\bc\d*:\s*\[|@Rule(?:Name|Template)", re.IGNORECASE)
_QUOTED: Final = re.compile(r"\"([^\"]{1,500})\"")
# What may follow a word that begins something else than itself.
_LEADS: Final = frozenset(".@\\=:-/%+")
Shape = Callable[[str, int], tuple[str, int] | None]


class Scanner:
    """Replaces names in texts; equal texts are looked through once."""

    def __init__(self, stand_ins: StandIns, known: Known) -> None:
        """Replace by these stand-ins."""
        self._stand_ins = stand_ins
        self._known = known
        self._urls = Urls(stand_ins, known)
        self._shapes: tuple[Shape, ...] = (
            self._account, self._home, self._url, self._guid, self._sid, self._number, self._mail, self._address,
            self._attribute, self._full_name,
        )  # fmt: skip
        self.said = lru_cache(maxsize=KEPT_TEXTS)(self._text)

    def _text(self, text: str) -> str:
        return self._said(_QUOTED.sub(self._quoted, text) if _CLAIM_RULE.search(text) else text)

    def _quoted(self, found: re.Match[str]) -> str:
        """Return what a claim rule quotes: our own words and known names stay."""
        said = found[1]
        words = _WORD.findall(said)
        if "://" in said or self._known.whole(said) is not None or all(word in vocabulary() for word in words):
            return found[0]
        return f'"{self._stand_ins.one("text", said)}"'

    def _said(self, text: str) -> str:
        lower, made, place = folded(text), [], 0
        while place < len(text):
            found = _WORD.search(text, place)
            if found is None:
                made.append(text[place:])
                break
            begin = found.start()
            share = _SHARE.match(text, begin - 2) if begin >= place + 2 and text[begin - 2 : begin] == "\\\\" else None
            if begin == place + 2 and text[place:begin] == "::" and (six := _ADDRESS_6.match(text, place)):
                taken = self._six(six)
                if taken is not None:
                    made.append(taken[0])
                    place = taken[1]
                    continue
            made.append(text[place:begin])
            if share is not None:
                made.append(self._share(share))
                place = share.end()
                continue
            said, place = self._at(text, lower, begin, found)
            made.append(said)
        return "".join(made)

    def _at(self, text: str, lower: str, begin: int, word: re.Match[str]) -> tuple[str, int]:
        """Return what stands for the longest name that begins at a word, and where it ends."""
        best = self._known.at(text, lower, begin, folded(word[0]))
        if best is not None:
            self._stand_ins.note(best[0], text[begin : best[1]])
        end = word.end()
        if (end < len(text) and (text[end] in _LEADS or text[end] in " _")) or end - begin >= 16:
            for shape in self._shapes:
                taken = shape(text, begin)
                if taken is not None and (best is None or taken[1] > best[1]):
                    best = taken
        if best is None:
            return self._known.within(word[0]), end
        return best

    def _account(self, text: str, begin: int) -> tuple[str, int] | None:
        kept = ACCOUNTS.match(text, begin)
        if kept is not None:
            return kept[0], kept.end()
        found = _ACCOUNT.match(text, begin)
        if found is None or self._known.whole(found["domain"]) is None:
            return None
        return self._stand_ins.user(found[0]), found.end()

    def _home(self, text: str, begin: int) -> tuple[str, int] | None:
        found = _HOME.match(text, begin)
        return None if found is None else (f"Users\\{self._stand_ins.user(found['name'])}", found.end())

    def _share(self, found: re.Match[str]) -> str:
        return f"{self._stand_ins.host(found['host'])}\\{self._stand_ins.one('path', found['rest'])}"

    def _url(self, text: str, begin: int) -> tuple[str, int] | None:
        found = URL.match(text, begin)
        if found is None:
            return None
        url = found[0][: end_of(found[0])]
        return self._urls.said(url), begin + len(url)

    def _guid(self, text: str, begin: int) -> tuple[str, int] | None:
        found = _GUID.match(text, begin)
        return None if found is None else (self._stand_ins.identifier(found[0]), found.end())

    def _sid(self, text: str, begin: int) -> tuple[str, int] | None:
        found = _SID.match(text, begin)
        return None if found is None else (self._stand_ins.sid(found[0]), found.end())

    def _number(self, text: str, begin: int) -> tuple[str, int] | None:
        found = _HEX.match(text, begin) or _PAIRS.match(text, begin)
        return None if found is None else (self._stand_ins.number("number", found[0]), found.end())

    def _mail(self, text: str, begin: int) -> tuple[str, int] | None:
        found = _MAIL.match(text, begin)
        return None if found is None else (self._stand_ins.user(found[0]), found.end())

    def _address(self, text: str, begin: int) -> tuple[str, int] | None:
        if begin > 1 and text[begin - 1] == "." and text[begin - 2].isdigit():
            return None  # amid the numbers of an OID or of a version
        found = _ADDRESS.match(text, begin)
        if found is not None:
            try:
                return self._stand_ins.address(found[0]), found.end()
            except ValueError:
                return None
        prefix = _PREFIX.match(text, begin)
        if prefix is not None:
            return self._stand_ins.one("net-pattern", prefix[0]), prefix.end()
        six = _ADDRESS_6.match(text, begin)
        return None if six is None else self._six(six)

    def _six(self, found: re.Match[str]) -> tuple[str, int] | None:
        try:
            return self._stand_ins.address(found[0]), found.end()
        except ValueError:
            return None

    def _attribute(self, text: str, begin: int) -> tuple[str, int] | None:
        """Return an attribute of a distinguished name; a value that nobody knows ends where no name goes on."""
        found = _ATTRIBUTE.match(text, begin)
        if found is None:
            return None
        made, value = AD_FS_MADE.match(text, found.end()), _VALUE.match(text, found.end())
        if made is not None:
            return found[0] + made[0], made.end()
        lower = folded(text)
        first = _WORD.match(lower, found.end())
        known = self._known.at(text, lower, found.end(), first[0], named=True) if first is not None else None
        if known is not None:
            return found[0] + known[0], known[1]
        if value is None:
            return None
        kind = found[0].rstrip("=").lower().removeprefix("oid.")
        return found[0] + self._value(kind, value[0].rstrip()), found.end() + len(value[0].rstrip())

    def _value(self, kind: str, value: str) -> str:
        plain = unescaped(value).strip()
        if plain.lower() in DIRECTORY_WORDS or is_given(plain):
            return value
        if kind == "dc" and is_top(plain.lower()):
            return "example"
        whole = self._known.whole(plain)
        if whole is not None:
            return whole
        category = CATEGORIES.get(kind, "value")
        return (
            self._stand_ins.user(plain) if "@" in plain or category == "mail" else self._stand_ins.one(category, plain)
        )

    def _full_name(self, text: str, begin: int) -> tuple[str, int] | None:
        found = _FULL_NAME.match(text, begin)
        if found is None:
            return None
        name = found[0].rstrip(".")
        lower = name.lower()
        if is_public(lower) or lower.endswith(f".{TENANTS}"):
            return self._stand_ins.full_name(name), begin + len(name)
        if not is_top(name.rpartition(".")[2]) and not self._stand_ins.is_of_zone(lower):
            return None
        return self._stand_ins.full_name(name), begin + len(name)
