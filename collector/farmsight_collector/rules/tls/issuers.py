"""Schannel settings, and the list of issuers that a server would send."""

import re
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from farmsight_collector.model.bindings import PROXY_TRUST_STORE
from farmsight_collector.model.per_farm import per_server
from farmsight_collector.model.view import Farm, Held, Server, UnknownFactError
from farmsight_collector.pki import blobs, der

VERSIONS: Final = ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
BUILD_2022: Final = 20348
ISSUERS: Final = "ClientAuthIssuer"


def setting(server: Server, name: str) -> Held | None:
    """Return a Schannel setting by the last part of its name; None: the system's default rules, or not known."""
    return _settings(server).get(name.lower())


@per_server
def _settings(server: Server) -> dict[str, Held]:
    """Return the settings by each tail of their names; of two the first."""
    found: dict[str, Held] = {}
    for held in server.ask("schannel-setting").facts:
        tail = held.value.name.lower()
        found.setdefault(tail, held)
        while "/" in tail:
            tail = tail.partition("/")[2]
            found.setdefault(tail, held)
    return found


def off(server: Server, version: str, side: str) -> Held | None:
    """Return the setting that turns a version off for one side ("Server", "Client"), or None."""
    held = setting(server, f"Protocols/{version}/{side}/Enabled")
    return held if held is not None and held.value.HasField("number") and held.value.number == 0 else None


def enabled_versions(server: Server, side: str) -> frozenset[str]:
    """Return the TLS versions that a side speaks: those not turned off, TLS 1.3 from Server 2022 on."""
    spoken = {v for v in VERSIONS if off(server, v, side) is None}
    return frozenset(spoken if build(server) >= BUILD_2022 else spoken - {"TLS 1.3"})


def build(server: Server) -> int:
    """Return the Windows build; 0 when it is not known or this is not Windows."""
    for held in server.ask("host").facts:
        match = re.match(r"\d+\.\d+\.(\d{1,9})", held.value.os_version)
        if match and "windows" in held.value.os_name.lower():
            return int(match[1])
    return 0


def own_list(server: Server) -> bool:
    """Tell whether the server keeps a list of client issuers of its own; raises UnknownFactError."""
    return bool(server.need("store-certificate", part=ISSUERS))


def list_store(server: Server, binding: Held | None) -> str | None:
    """Return the store that the list is made from, or None when no list is sent; raises UnknownFactError."""
    named = str(binding.value.ctl_store) if binding is not None else ""
    if named and named.lower() != PROXY_TRUST_STORE:
        return spelled(server, named)
    server.need("schannel-setting")
    held = setting(server, "SendTrustedIssuerList")
    if held is None or held.value.number == 0:
        return None
    return ISSUERS if own_list(server) else "ROOT"


def spelled(server: Server, store: str) -> str:
    """Return a store's name as the server's reports spell it: bindings may write it in other letters."""
    parts = (c.part for c in server.coverage if c.probe == "certificate-stores")
    return next((part for part in parts if part.lower() == store.lower()), store)


def list_size(farm: Farm, server: Server, store: str, limit: int) -> tuple[int, bool, tuple[Held, ...]]:
    """Return the bytes that the names of a store take in the handshake, and whether that is all.

    Of a certificate that is only listed its name's values count, which take
    no less. Raises UnknownFactError where that leaves the limit open.
    """
    held = server.need("store-certificate", part=store)
    sizes: dict[bytes | str, int] = {}
    exact = True
    for one in held:
        read = blobs.certificate_if_read(farm, one.value.certificate.blob_sha256)
        if read is not None:
            _, subject = der.certificate_names(read.parsed.public_bytes(Encoding.DER))
            sizes[subject] = 2 + len(subject)
        else:
            exact = False
            sizes[one.value.certificate.subject] = _at_least(one.value.certificate.subject)
    total = sum(sizes.values())
    if not exact and total <= limit:
        reason = f"a certificate in {store} was not seen as DER"
        raise UnknownFactError(server.name, "certificate-stores", store, None, reason)
    return total, exact, held


def _at_least(name: str) -> int:
    """Return what a name takes at least: each part its value, and nine bytes round it."""
    values = [part.partition("=")[2] for part in re.split(r"(?<!\\)[,+]", name)]
    return 4 + sum(9 + len(re.sub(r"\\(?:[0-9A-Fa-f]{2}|.)", "x", value)) for value in values if value)
