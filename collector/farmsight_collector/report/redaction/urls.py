"""URLs without whose they are: stand-ins for the host, and for what of the path is no word of everybody's."""

import re
from typing import Final
from urllib.parse import unquote

from farmsight_collector.report.redaction.distinguished import CATEGORIES, unescaped
from farmsight_collector.report.redaction.known import Known
from farmsight_collector.report.redaction.stand_ins import StandIns, is_public
from farmsight_collector.report.redaction.words import DIRECTORY_WORDS, EXTENSIONS, KEPT_SEGMENTS, is_top

URL: Final = re.compile(r"(?:https?|ldaps?|ftp|file|net\.tcp|wss?)://[^\s\"'<>|^`{}]+", re.IGNORECASE)
_TRAILING: Final = ".,;:!?)]'"
_PLACE: Final = re.compile(r"^(?P<user>[^@/]*@)?(?P<host>\[[^\]]*\]|[^:/]*)(?P<port>:[\d*]+)?$")
_FILE: Final = re.compile(
    r"^(?P<stem>.*?)(?P<key>\(\d+\))?(?P<delta>\+|%2B)?(?P<end>\.[A-Za-z0-9]{1,5})?$", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"\d{1,3}")
_CATEGORIES: Final = {**CATEGORIES, "dc": "sub"}
_ADFS: Final = ("adfs", "federationmetadata", "enrollmentserver")
_TENANT: Final = re.compile(
    r"(?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<user>[\w.+-]+@)?(?P<name>(?:[\w-]+\.)+[A-Za-z]\w+)"
)
_COMMA: Final = re.compile(r"(?<!\\),|%2c", re.IGNORECASE)


def end_of(url: str) -> int:
    """Return where a URL ends, that stands in a sentence: punctuation behind it is not of it."""
    kept = url.rstrip(_TRAILING)
    if url[len(kept) : len(kept) + 1] == ")" and kept.count("(") > kept.count(")"):
        return len(kept) + 1
    return len(kept)


class Urls:
    """Rewrites URLs."""

    def __init__(self, stand_ins: StandIns, known: Known) -> None:
        """Write with these stand-ins."""
        self._stand_ins = stand_ins
        self._known = known

    def said(self, url: str) -> str:
        """Return a URL with stand-ins."""
        scheme, _, rest = url.partition("://")
        place, slash, path = rest.partition("/")
        if not slash and "?" in place:
            place, _, query = place.partition("?")
            slash, path = "?", query
        found = _PLACE.match(place)
        if found is None:
            return f"{scheme}://{self._stand_ins.one('place', place)}"
        host = self.host(found["host"])
        port = found["port"] or ""
        if is_public(found["host"].lower()):
            return (
                f"{scheme}://{host}{port}{slash}{path}" if not path else f"{scheme}://{host}{port}/{self._same(path)}"
            )
        if scheme.lower().startswith("ldap"):
            return f"{scheme}://{host}{port}{slash}{self._directory(path)}"
        return f"{scheme}://{host}{port}{slash}{self._path(path)}"

    def host(self, text: str) -> str:
        """Return what stands for a host as URLs have it: a name, an address, or "+"."""
        bare = text.strip("[]")
        try:
            address = self._stand_ins.address(bare)
        except ValueError:
            return self._known.whole(text) or (self._stand_ins.host(text) if text else "")
        return f"[{address}]" if text.startswith("[") else address

    def _same(self, path: str) -> str:
        """Return the path of a public host, in which only a tenant can be named: by id, or by a domain."""
        return _TENANT.sub(self._tenant, path)

    def _tenant(self, found: re.Match[str]) -> str:
        if found["id"]:
            return self._stand_ins.identifier(found["id"])
        name = found["name"]
        if found["user"]:
            return self._stand_ins.user(f"{found['user']}{name}")
        return self._known.whole(name) or (self._stand_ins.full_name(name) if is_top(name.rpartition(".")[2]) else name)

    def _path(self, path: str) -> str:
        head, question, query = path.partition("?")
        segments = head.split("/")
        adfs = segments[0].lower() in _ADFS
        said = "/".join(one if adfs else self._segment(one) for one in segments)
        return said + (f"?{self._stand_ins.one('query', query)}" if question and query else question)

    def _segment(self, segment: str) -> str:
        plain = unquote(segment)
        if not segment or plain.lower() in KEPT_SEGMENTS or _NUMBER.fullmatch(segment):
            return segment
        whole = self._known.whole(plain)
        if whole is not None:
            return whole
        found = _FILE.match(segment)
        assert found is not None  # the pattern takes anything
        end = found["end"] or ""
        if end and end[1:].lower() not in EXTENSIONS:
            return self._stand_ins.one("path", segment)
        stem = unquote(found["stem"])
        kept = stem.lower() in KEPT_SEGMENTS or _NUMBER.fullmatch(stem) or not stem
        known = None if kept else self._known.whole(stem)
        name = stem if kept else known or self._stand_ins.one("file" if end else "path", stem)
        if known:
            self._stand_ins.note(known, segment)
        return f"{name}{found['key'] or ''}{found['delta'] or ''}{end}"

    def _directory(self, path: str) -> str:
        """Return the path of an LDAP URL (RFC 4516): a name, then what is read of it."""
        name, question, rest = path.partition("?")
        said = [self._attribute(one) for one in _COMMA.split(name)]
        return ",".join(said) + question + rest

    def _attribute(self, text: str) -> str:
        kind, equals, value = text.partition("=")
        plain = unescaped(unquote(value)).strip()
        if not equals:
            return self._stand_ins.one("path", text) if text else ""
        if plain.lower() in DIRECTORY_WORDS:
            return text
        if kind.strip().lower() == "dc" and is_top(plain.lower()):
            return f"{kind}=example"
        known = self._known.whole(plain)
        return f"{kind}={known or self._stand_ins.one(_CATEGORIES.get(kind.strip().lower(), 'name'), plain)}"
