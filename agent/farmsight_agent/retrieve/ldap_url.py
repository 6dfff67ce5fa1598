"""LDAP URLs out of certificates (RFC 4516): hostile text, taken apart with care."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes

LDAP_PORTS: Final = {"ldap": 389, "ldaps": 636}
SCOPES: Final = {"": 0, "base": 0, "one": 1, "sub": 2}  # RFC 4511 4.5.1.2; base where none is named
MOST_ATTRIBUTES: Final = 8
EVERY_OBJECT: Final = "(objectClass=*)"
_FORM: Final = re.compile(r"(ldaps?)://([^/?]*)(?:/(.*))?", re.IGNORECASE | re.DOTALL)
_HOST: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::(\d*))?|([^:\[\]]*)(?::(\d*))?")
_ATTRIBUTE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,127}(?:;[A-Za-z0-9-]{1,64}){0,4}")
_SAFE: Final = "%/:=&?~+!$,;'@()*-._[]|"
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f-\x9f/\\%]")


@dataclass(frozen=True, kw_only=True)
class LdapUrl:
    """An LDAP URL ready for a search; `host` is empty for `ldap:///`, credentials in it are dropped."""

    scheme: str
    host: str  # without brackets, ASCII
    port: int
    dn: str
    attributes: tuple[str, ...]  # as named, options and all; empty: the URL names none
    scope: int
    filter: str  # RFC 4515
    text: str  # without credentials

    def at(self, host: str) -> "LdapUrl":
        """Return the same search at another host."""
        made = {name: getattr(self, name) for name in ("scheme", "port", "dn", "attributes", "scope", "filter")}
        tail = self.text.partition("://")[2].partition("/")[2]
        return LdapUrl(**made, host=host, text=f"{self.scheme}://{_authority(self.scheme, host, self.port)}/{tail}")


def parse_ldap(text: str) -> LdapUrl:
    """Take an LDAP URL apart; raises ValueError for one that can't be asked for.

    Blanks that CAs leave plain are taken as they stand. A critical extension
    ("!x") makes a URL that must not be followed (RFC 4516 2).
    """
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise ValueError("not an LDAP URL")
    scheme, rest = form.group(1).lower(), form.group(3) or ""
    host, port = _place(form.group(2), LDAP_PORTS[scheme])
    dn, attributes, scope, search, extensions = [*rest.split("?", 4), "", "", "", ""][:5]
    if any(one.strip().startswith("!") for one in extensions.split(",")):
        raise ValueError("a critical extension that is not known here")
    if scope.lower() not in SCOPES:
        raise ValueError("a scope that does not exist")
    return LdapUrl(
        scheme=scheme,
        host=host,
        port=port,
        dn=_decoded(dn),
        attributes=_attributes(attributes),
        scope=SCOPES[scope.lower()],
        filter=_decoded(search).strip() or EVERY_OBJECT,
        text=f"{scheme}://{_authority(scheme, host, port)}/{quote(rest, safe=_SAFE)}",
    )


def _place(text: str, usual_port: int) -> tuple[str, int]:
    """Return host and port of what stands between "//" and "/"; user information is dropped."""
    form = _HOST.fullmatch(text.rpartition("@")[2])
    if form is None:
        raise ValueError("not a host")
    name, number = form.group(1) or form.group(3) or "", form.group(2) or form.group(4) or ""
    host = name if name.isascii() else name.encode("idna").decode("ascii")
    if _FORBIDDEN.search(host) or len(host) > 255:
        raise ValueError("not a host name")
    if len(number) > 5 or not 0 < int(number or usual_port) < 65536:
        raise ValueError("not a port")
    return host, int(number or usual_port)


def _authority(scheme: str, host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port == LDAP_PORTS[scheme] else f"{shown}:{port}"


def _attributes(text: str) -> tuple[str, ...]:
    named = tuple(_decoded(one).strip() for one in text.split(",") if one.strip())
    if len(named) > MOST_ATTRIBUTES:
        raise ValueError(f"more than {MOST_ATTRIBUTES} attributes")
    named = tuple(one for one in named if one != "*")  # all of them: as if none were named
    if not all(_ATTRIBUTE.fullmatch(one) for one in named):
        raise ValueError("not an attribute description")
    return named


def _decoded(text: str) -> str:
    """Return text without its percent form; raises ValueError for what is no UTF-8 or holds a NUL."""
    plain = unquote_to_bytes(text).decode("utf-8")
    if "\0" in plain:
        raise ValueError("a NUL in it")
    return plain
