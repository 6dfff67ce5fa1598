"""What a server gets for a URL of the PKI, under one account: from the farm's data, not from a network."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

from cryptography import x509

from farmsight_lab.captured import statuses
from farmsight_lab.captured.statuses import Failure
from farmsight_lab.farm.state import Farm, Page, Server, Site
from farmsight_lab.names import IN_NAMESPACES, PKI_HOST

PATIENCE_S: Final = 15  # for one URL; what certutil waits for the first byte
_BYTES_PER_S: Final = 4_000_000
# Faults of an answer by their name in a site file, and what CryptoAPI makes of them.
_SPOILED: Final = {
    "html_page": Failure(code=statuses.INVALID_DATA),
    "gzip": Failure(code=statuses.INVALID_DATA),
    "gzip_bomb": Failure(code=statuses.INVALID_DATA),
    "pem": Failure(code=statuses.INVALID_DATA),
    "endless": Failure(code=statuses.TIMED_OUT),
    "reset": Failure(code=statuses.CONNECTION_ERROR),
    "truncated": Failure(code=statuses.CONNECTION_ERROR),
    "proxy_authentication": Failure(code=407, http=True),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came: a body (empty for OCSP, which is answered when asked), or why none did."""

    seconds: int = 0
    body: bytes = b""
    failure: Failure | None = None


def fetch(farm: Farm, server: Server, context: str, url: str) -> Answer:
    """Return what this server gets for this URL under the account of this context."""
    host, path = urlsplit(url).hostname or "", unquote(urlsplit(url).path)
    if host in server.unresolved or host != PKI_HOST:
        return Answer(failure=Failure(code=statuses.NAME_NOT_RESOLVED))
    if server.no_route or context in server.blocked or _led_astray(farm, server, host):
        return Answer(seconds=PATIENCE_S, failure=Failure(code=statuses.CANNOT_CONNECT))
    return _served(farm.sites[server.cdp], path)


def _led_astray(farm: Farm, server: Server, host: str) -> bool:
    rows = {row["Name"]: row["Addresses"] for row in server.host.get("Resolutions", ())}
    right = {one for place in (farm.addressing, IN_NAMESPACES) for one in (place.main, place.mirror)}
    return host in rows and bool(rows[host]) and not set(rows[host]) & right


def _served(site: Site, path: str) -> Answer:
    page = site.pages.get(path)
    if page is None or (site.refuse_plus and "+" in path):
        return Answer(failure=Failure(code=404, http=True))
    return _judged(page)


def _judged(page: Page) -> Answer:
    fault, status = page.settings.get("fault"), int(page.settings.get("status", 200))
    slow = int(page.settings.get("first_byte_delay_s", 0))
    if slow >= PATIENCE_S:
        return Answer(seconds=PATIENCE_S, failure=Failure(code=statuses.TIMED_OUT))
    if status != 200:
        return Answer(seconds=slow, failure=Failure(code=status, http=True))
    if fault in _SPOILED:
        seconds = PATIENCE_S if fault == "endless" else slow
        return Answer(seconds=seconds, failure=_SPOILED[fault])
    return Answer(seconds=slow + len(page.body) // _BYTES_PER_S, body=page.body)


@lru_cache(maxsize=64)
def crl_of(body: bytes) -> x509.CertificateRevocationList:
    """Return a CRL parsed; a large one is asked for by each account of each server."""
    return x509.load_der_x509_crl(body)


@lru_cache(maxsize=64)
def signed_by(body: bytes, issuer: x509.Certificate) -> bool:
    """Tell whether a CRL is signed by this CA's key."""
    try:
        return crl_of(body).is_signature_valid(issuer.public_key())  # type: ignore[arg-type] # a CA's key
    except TypeError:  # a key of another kind than the signature's
        return False
