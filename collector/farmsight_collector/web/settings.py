"""`[web]` and `[oidc]` in collector.toml: the page for people, and how they sign in."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from farmsight_collector.settings import setting

MIB: Final = 1 << 20


def _origin(value: object) -> str:
    """Find fault with what is no address of a site, such as https://farmsight.contoso.com."""
    fits = value == "" or (isinstance(value, str) and _is_site(value))
    return "" if fits else 'the address that people type, e.g. "https://farmsight.contoso.com"'


def _is_site(value: str) -> bool:
    try:
        parts = urlsplit(value)
        sound = parts.port != 0
    except ValueError:  # a port that is none
        return False
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    return sound and parts.scheme in ("http", "https") and bool(parts.hostname) and not more


def _issuer(value: object) -> str:
    if not isinstance(value, str) or not value:
        return "" if value == "" else "a text in quotes"
    parts = urlsplit(value)
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    # OpenID Connect Core 1.0, 2: an issuer is an https URL without query and fragment. Plain http only to try it out.
    fits = (parts.scheme == "https" or (parts.scheme == "http" and loopback)) and bool(parts.hostname)
    return "" if fits and not parts.query and not parts.fragment else "an https address without query"


@dataclass(frozen=True, kw_only=True)
class Web:
    """The page for people."""

    url: str = setting("", _origin)  # behind a reverse proxy: the address that people type
    certificate: str = ""  # files in PEM; both empty: the collector's own certificate
    key: str = ""
    session_idle_minutes: int = 120
    session_hours: int = 12
    sign_in_token_minutes: int = 60  # how long a one-time token may lie unused
    sign_ins_per_minute: int = 20  # tries from one address
    upload_bytes: int = 4 * MIB
    connections: int = 512  # at once, of all people together
    live_pages: int = 200  # that are told of changes at once


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """Signing in by OpenID Connect; without an issuer there is none."""

    issuer: str = setting("", _issuer)
    client_id: str = ""
    client_secret_file: str = ""  # in the data folder or elsewhere; empty: a public client, by PKCE alone
    scopes: str = "openid profile email"
    name: str = "single sign-on"  # what the button says
    name_claims: tuple[str, ...] = ("preferred_username", "email", "sub")  # the first one there names the person
    role_claim: str = "roles"
    viewer: tuple[str, ...] = ()  # values of the role claim; "*": whoever signs in
    operator: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
