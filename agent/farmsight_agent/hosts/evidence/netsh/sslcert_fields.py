"""What the rows of one TLS binding say: by place where the place is known, else by what is not translated."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from farmsight_agent.hosts.evidence.netsh import sslcert_words
from farmsight_agent.hosts.evidence.netsh.rows import Row
from farmsight_agent.hosts.evidence.netsh.sslcert_records import FIXED, KEY, NUMBERS, Record
from farmsight_wire.v1 import facts_pb2

_SWITCHES: Final = {
    4: "verify_client_revocation",
    5: "cached_revocation_only",
    6: "usage_check",
    11: "ds_mapper",
    12: "negotiate_client_certificate",
}
_USAGE: Final = 6
_MAPPER: Final = 11
_REJECT: Final = FIXED
_BY_LABEL: Final = (
    (re.compile(r"HTTP/?2"), "disable_http2"),
    (re.compile(r"QUIC"), "disable_quic"),
    (re.compile(r"TLS\s?1[.,]2"), "disable_tls12"),
    (re.compile(r"TLS\s?1[.,]3"), "disable_tls13"),
    (re.compile(r"OCSP"), "disable_ocsp_stapling"),
    (re.compile(r"^Reject Connections"), "reject"),
    (re.compile(r"^Disable Legacy TLS"), "disable_legacy_tls"),
    (re.compile(r"^Enable Token Binding"), "enable_token_binding"),
    (re.compile(r"^Log Extended Events"), "log_extended_events"),
    (re.compile(r"^Enable Session Ticket"), "enable_session_ticket"),
    (re.compile(r"^Disable Session ID"), "disable_session_id"),
)
# The places of Windows Server 2022 and 2025; the names that no language translates prove them.
_UNTRANSLATED: Final = ("disable_http2", "disable_quic", "disable_tls12", "disable_tls13", "disable_ocsp_stapling")
_BEHIND: Final = ("enable_token_binding", "log_extended_events", "disable_legacy_tls", "enable_session_ticket")
_FIRST_BEHIND: Final = _REJECT + 1 + len(_UNTRANSLATED)
_LEGACY: Final = _FIRST_BEHIND + _BEHIND.index("disable_legacy_tls")
_SESSION_ID: Final = _FIRST_BEHIND + len(_BEHIND)  # where two rows follow; a single one is another flag
_VERSIONS: Final = ("disable_tls12", "disable_tls13", "disable_legacy_tls")
_ADDRESS: Final = re.compile(r"[0-9.]+|.*:.*")


def names(fields: Sequence[Row]) -> dict[int, str]:
    """Return the message's field for each yes-or-no row whose meaning can be told, by place."""
    found = dict(_SWITCHES)
    for at, row in enumerate(fields[FIXED:], FIXED):
        name = next((field for pattern, field in _BY_LABEL if pattern.search(row.label)), "")
        if name:
            found[at] = name
    if len(fields) > _REJECT:
        found.setdefault(_REJECT, "reject")
    proven = all(found.get(_REJECT + 1 + at) == name for at, name in enumerate(_UNTRANSLATED))
    if proven and len(fields) > _LEGACY and "TLS" in fields[_LEGACY].label:
        behind = _BEHIND if len(fields) <= _SESSION_ID + 1 else (*_BEHIND, "disable_session_id")
        for at, name in enumerate(behind[: len(fields) - _FIRST_BEHIND], _FIRST_BEHIND):
            found.setdefault(at, name)
    return found


def words(found: Sequence[Record], named: Sequence[Mapping[int, str]]) -> dict[str, bool]:
    """Return the words for yes and no, in this listing's language and in English."""
    values = [[row.value for row in record.fields] for record in found]
    switch: list[str] = []
    flag: list[str] = []
    versions: list[list[str]] = []
    for row, by_place in zip(values, named, strict=True):
        rejects = by_place.get(_REJECT) == "reject"
        switch += [row[at] for at in _SWITCHES] + row[_REJECT : _REJECT + rejects]
        flag += row[_REJECT + rejects :]
        of_name = {name: row[at] for at, name in by_place.items()}
        if all(of_name.get(name) for name in _VERSIONS):
            versions.append([of_name[name] for name in _VERSIONS])
    switches = sslcert_words.switches(switch, [(row[_USAGE], row[_MAPPER]) for row in values])
    return {**sslcert_words.flags(flag, versions), **switches}


def hashed(found: Sequence[Record]) -> frozenset[str]:
    """Return the labels of bindings that have a certificate of their own."""
    return frozenset(record.key[0] for record in found if said(record.rows[1].value))


def binding(
    record: Record, named: Mapping[int, str], meaning: Mapping[str, bool], own: Collection[str]
) -> facts_pb2.TlsBinding:
    """Return the binding; `meaning` are the words for yes and no, `own` the labels of those with a certificate."""
    values = [row.value for row in record.fields]
    message = facts_pb2.TlsBinding(
        certificate_sha1=said(values[1]),
        application_id=values[2],
        store=values[3],
        ctl_identifier=values[9],
        ctl_store=values[10],
        data_source=facts_pb2.AGENT_DATA_SOURCE_COMMAND_TEXT,
        product="http.sys",
    )
    for place, name in NUMBERS.items():
        if int(values[place]) < 1 << 32:
            setattr(message, name, int(values[place]))
    for place, name in named.items():
        word = sslcert_words.folded(values[place])
        if word in meaning:
            setattr(message, name, meaning[word])
    _key(record, message, own)
    return message


def said(text: str) -> str:
    """Return a value, "" where it is said that there is none."""
    return "" if text.lower() == "(null)" else text


def _key(record: Record, message: facts_pb2.TlsBinding, own: Collection[str]) -> None:
    label, text = record.key
    parted = KEY.fullmatch(text)
    if parted is None:  # the central certificate store is known by its port alone
        message.binding_kind, message.host, message.port = facts_pb2.BINDING_KIND_CCS, "*", int(text)
        return
    message.host, message.port = parted[1].strip("[]"), int(parted[2])
    if _ADDRESS.fullmatch(message.host):
        message.binding_kind = facts_pb2.BINDING_KIND_IP
    elif message.certificate_sha1 or message.reject or label in own:
        message.binding_kind = facts_pb2.BINDING_KIND_SNI
    else:  # a name without a certificate takes it from the central store
        message.binding_kind = facts_pb2.BINDING_KIND_SCOPED
