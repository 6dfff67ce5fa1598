"""The certificate stores of a host as JSON: what the choice of URLs is made from, in a process of its own."""

import base64
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from google.protobuf.message import Message

from farmsight_agent.hosts.host import Host, Seen, StoredCertificate
from farmsight_agent.outcome import (
    DeniedError,
    FailedError,
    NotApplicableError,
    NotObservedError,
    TimedOutError,
    UnavailableError,
)
from farmsight_wire.v1 import facts_pb2

_ERRORS: dict[str, type[NotObservedError]] = {
    error.__name__: error
    for error in (DeniedError, FailedError, NotApplicableError, NotObservedError, TimedOutError, UnavailableError)
}


def show(host: Host) -> dict[str, Any]:
    """Return the host's certificates and the CAs of its tenant, or why each could not be read."""
    stores: dict[str, Any] = {}
    shown = {"names": _tried(lambda: list(host.store_names().values)), "stores": stores}
    for store in shown["names"].get("values", ()):
        stores[store] = _tried(partial(_certificates, host, store))
    shown["authorities"] = _tried(lambda: [_text(one.SerializeToString()) for one in host.entra("authorities").values])
    return shown


def _certificates(host: Host, store: str) -> list[Any]:
    seen = host.store_certificates(store).values
    return [(_text(one.der), one.message.origin) for one in seen if one.der is not None]


def _tried(look: Callable[[], list[Any]]) -> dict[str, Any]:
    try:
        return {"values": look()}
    except NotObservedError as error:
        return {"error": [type(error).__name__, error.reason, error.detail, error.source]}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


class ShownStores:
    """A host of which only what `show` wrote is known."""

    def __init__(self, shown: Mapping[str, Any]) -> None:
        """Read what `show` returned."""
        self._shown = shown

    def store_names(self) -> Seen[str]:
        """Return the names of the stores."""
        return Seen(values=tuple(_values(self._shown["names"])), source="")

    def store_certificates(self, store: str) -> Seen[StoredCertificate]:
        """Return the certificates of a store; of their rows only the origin is known."""
        return Seen(
            values=tuple(
                StoredCertificate(
                    der=base64.b64decode(text), message=facts_pb2.StoreCertificate(store=store, origin=origin)
                )
                for text, origin in _values(self._shown["stores"][store])
            ),
            source="",
        )

    def entra(self, part: str) -> Seen[Message]:
        """Return the CAs of the tenant, the one part that is known."""
        assert part == "authorities"
        found = _values(self._shown["authorities"])
        values = tuple(facts_pb2.EntraAuthority.FromString(base64.b64decode(text)) for text in found)
        return Seen(values=values, source="")


def _values(tried: Mapping[str, Any]) -> list[Any]:
    if "error" in tried:
        name, reason, detail, source = tried["error"]
        raise _ERRORS.get(name, NotObservedError)(reason, detail, source=source)
    values: list[Any] = tried["values"]
    return values
