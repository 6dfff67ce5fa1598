r"""TLS bindings and reservations as the registry keeps them. Platform-free.

Below HKLM\SYSTEM\CurrentControlSet\Services\HTTP\Parameters: `UrlAclInfo`
with a value for each URL, `SslBindingInfo`, `SslSniBindingInfo` and
`SslCcsBindingInfo` with a key for each binding. What is not written is at its
default, 0 or none. Microsoft documents the keys in passing only; the names of
values are those that administrators' tools read on Windows Server 2019 to
2025. Belief: the names of the two CTL values and of the scoped store's key,
the central store's subkeys, and that a name's binding is keyed by
`HostnamePort` or by its subkey, "name:port" or "address:port:name".
"""

import re
import uuid
from collections.abc import Mapping
from typing import Final

from farmsight_agent.hosts import binding_flags
from farmsight_agent.hosts.windows.http.http_sys_descriptor import to_sddl
from farmsight_agent.hosts.windows.http.httpapi_records import SHA1_BYTES, UrlAcl
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

Value = int | str | tuple[str, ...] | bytes

KINDS: Final = {
    "SslBindingInfo": facts_pb2.BINDING_KIND_IP,
    "SslSniBindingInfo": facts_pb2.BINDING_KIND_SNI,
    "SslCcsBindingInfo": facts_pb2.BINDING_KIND_CCS,
    "SslScopedCcsBindingInfo": facts_pb2.BINDING_KIND_SCOPED,
}
_EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - looked for, not listened on
_ADDRESS_PORT_NAME: Final = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]*):([0-9]{1,5}):([^:\[\]]+)")
_PLACE: Final = re.compile(r"(\[[^\]]+\]|[^:\[\]]+):([0-9]{1,5})")
_PORT: Final = re.compile(r"[0-9]{1,5}")


def url_acl(url: str, data: Value) -> UrlAcl:
    """Return a reservation from its value; raises FailedError on data that is no security descriptor."""
    if not isinstance(data, bytes):
        raise FailedError("not-understood", f"UrlAclInfo: {url} holds no bytes")
    try:
        return UrlAcl(url=url, sddl=to_sddl(data))
    except FailedError as error:
        raise FailedError(error.reason, f"UrlAclInfo: {url}: {error.detail}") from error


def binding(kind: str, subkey: str, values: Mapping[str, Value], build: int) -> facts_pb2.TlsBinding:
    """Return a binding from its key (of `KINDS`), subkey and values; raises FailedError where one has no such form."""
    folded = {name.lower(): value for name, value in values.items()}
    where = f"{kind}\\{subkey}"
    message = facts_pb2.TlsBinding(
        binding_kind=KINDS[kind],
        certificate_sha1=_hash(folded.get("sslcerthash"), where),
        application_id=_application(folded.get("appid"), where),
        store=_text(folded, "sslcertstorename"),
        revocation_freshness_s=_number(folded, "defaultsslrevocationfreshnesstime", where),
        url_retrieval_timeout_ms=_number(folded, "defaultsslrevocationurlretrievaltimeout", where),
        ctl_identifier=_text(folded, "defaultsslctlidentifier"),
        ctl_store=_text(folded, "defaultsslctlstorename"),
        data_source=facts_pb2.AGENT_DATA_SOURCE_REGISTRY,
        product="http.sys",
    )
    message.host, message.port = _place(kind, subkey, _text(folded, "hostnameport"), where)
    binding_flags.set_check_mode(message, _number(folded, "defaultsslcertcheckmode", where))
    binding_flags.set_flags(message, _number(folded, "defaultflags", where), build)
    return message


def listen_list(data: Value | None) -> tuple[str, ...]:
    """Return the addresses of `ListenOnlyList`, none where there is no such value; raises FailedError on other data."""
    if data is None:
        return ()
    if isinstance(data, str | tuple):
        return tuple(one for one in ((data,) if isinstance(data, str) else data) if one)
    raise FailedError("not-understood", "ListenOnlyList holds no text")


def _place(kind: str, subkey: str, host_and_port: str, where: str) -> tuple[str, int]:
    said = host_and_port or subkey
    three = _ADDRESS_PORT_NAME.fullmatch(said)
    two = _PLACE.fullmatch(said)
    host, port = "", ""
    if three and kind != "SslBindingInfo":
        host, port = three[2], three[1]
    elif two:
        host, port = two[1].strip("[]"), two[2]
    elif _PORT.fullmatch(said) and kind == "SslCcsBindingInfo":
        host, port = "*", said
    if not port or not 0 < int(port) < 65536:
        raise FailedError("not-understood", f"{where}: a binding without address, name or port")
    return ("*" if kind == "SslCcsBindingInfo" and host in _EVERY_ADDRESS else host), int(port)


def _hash(data: Value | None, where: str) -> str:
    if data is None or data == b"":
        return ""
    if isinstance(data, bytes) and len(data) == SHA1_BYTES:
        return data.hex()
    raise FailedError("unknown-hash", f"{where}: a certificate's hash that is not SHA-1's 20 bytes")


def _application(data: Value | None, where: str) -> str:
    try:
        if isinstance(data, bytes) and data:
            return f"{{{uuid.UUID(bytes_le=data)}}}"
        return f"{{{uuid.UUID(data)}}}" if isinstance(data, str) and data else ""
    except ValueError as error:
        raise FailedError("not-understood", f"{where}: an application's identifier that is no GUID") from error


def _text(values: Mapping[str, Value], name: str) -> str:
    found = values.get(name)
    if isinstance(found, bytes):
        found = found.decode("utf-16-le", "replace").partition("\0")[0]
    return found if isinstance(found, str) else ""


def _number(values: Mapping[str, Value], name: str, where: str) -> int:
    found = values.get(name, 0)
    if isinstance(found, int) and 0 <= found < 1 << 32:
        return found
    raise FailedError("not-understood", f"{where}: {name} is no 32-bit number")
