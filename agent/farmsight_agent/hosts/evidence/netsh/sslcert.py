"""`netsh http show sslcert`, in any display language.

The order of the first thirteen fields never changes, so they are read by
place; later ones differ between builds and are read by the part of their
label that no language translates. The words for yes and no are taken from
two fields whose values are nearly always the same.
"""

import re
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.netsh import labelled
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

_KEY: Final = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^\s:{}\[\]()]+):(\d{1,5})")
_HASH: Final = re.compile(r"(?:[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?|\(null\))?")
_RULE: Final = re.compile(r"^[ \t]*-{5,}[ \t\r]*$", re.MULTILINE)
_FIXED: Final = 13  # rows that every Windows since 2008 prints
_BOOLEANS: Final = {
    4: "verify_client_revocation",
    5: "cached_revocation_only",
    6: "usage_check",
    11: "ds_mapper",
    12: "negotiate_client_certificate",
}
_BY_LABEL: Final = (
    (re.compile(r"HTTP/?2"), "disable_http2"),
    (re.compile(r"QUIC"), "disable_quic"),
    (re.compile(r"TLS\s*1\.2"), "disable_tls12"),
    (re.compile(r"TLS\s*1\.3"), "disable_tls13"),
    (re.compile(r"OCSP"), "disable_ocsp_stapling"),
    (re.compile(r"^Reject Connections"), "reject"),
    (re.compile(r"^Disable Legacy TLS"), "disable_legacy_tls"),
    (re.compile(r"^Enable Token Binding"), "enable_token_binding"),
    (re.compile(r"^Log Extended Events"), "log_extended_events"),
    (re.compile(r"^Enable Session Ticket"), "enable_session_ticket"),
    (re.compile(r"^Disable Session ID"), "disable_session_id"),
)
_ENGLISH: Final = {"enabled": True, "set": True, "yes": True, "disabled": False, "not set": False, "no": False}


@dataclass(frozen=True)
class _Record:
    line: int
    fields: list[tuple[str, str]]


def parse(file: Text) -> Seen[facts_pb2.TlsBinding]:
    """Return the bindings; raises FailedError on a listing cut off or not understood."""
    records = _records(file)
    if not records and not _RULE.search(file.text):
        raise FailedError("not-understood", f"{file.name}: no list of bindings", source=file.at(1))
    for record in records:
        if len(record.fields) < _FIXED:
            detail = f"{file.name}:{record.line}: a binding with {len(record.fields)} of {_FIXED} fields"
            raise FailedError("truncated", detail, source=file.at(record.line))
    words = _words(records)
    values = tuple(_binding(record, words) for record in records)
    return Seen(values=values, source=f"evidence:{file.name}", lines=tuple(file.at(r.line) for r in records))


def _records(file: Text) -> list[_Record]:
    rows = [(n, labelled.split(line)) for n, line in enumerate(file.text.splitlines(), 1)]
    records: list[_Record] = []
    for at, (number, row) in enumerate(rows):
        follower = rows[at + 1][1] if at + 1 < len(rows) else None
        between = not records or len(records[-1].fields) >= _FIXED
        if row and _is_key(row, follower, between=between):
            records.append(_Record(number, [row]))
        elif row and records:
            records[-1].fields.append(row)
    return records


def _is_key(row: tuple[str, str], follower: tuple[str, str] | None, *, between: bool) -> bool:
    if follower is None or _HASH.fullmatch(follower[1]) is None:
        return False
    # A bare port (central certificate store) looks like any number, so it counts between records only.
    bare = between and follower[1] and re.fullmatch(r"\d{1,5}", row[1])
    return bool(_KEY.fullmatch(row[1]) or bare)


def _words(records: list[_Record]) -> dict[str, bool]:
    """Return the words for yes and no: English, and those of this listing's language."""
    usage = {record.fields[6][1].lower() for record in records}
    mapper = {record.fields[11][1].lower() for record in records}
    words = dict(_ENGLISH)
    if len(usage) == len(mapper) == 1 and usage.isdisjoint(mapper):
        words = {**dict.fromkeys(usage, True), **dict.fromkeys(mapper, False), **_ENGLISH}
    return words


def _binding(record: _Record, words: dict[str, bool]) -> facts_pb2.TlsBinding:
    values = [value for _, value in record.fields]
    binding = facts_pb2.TlsBinding(
        certificate_sha1=values[1],
        application_id=values[2],
        store=values[3],
        ctl_identifier=values[9],
        ctl_store=values[10],
        data_source=facts_pb2.AGENT_DATA_SOURCE_COMMAND_TEXT,
        product="http.sys",
    )
    _key(values[0], binding)
    for field, value in (("revocation_freshness_s", values[7]), ("url_retrieval_timeout_ms", values[8])):
        if value.isascii() and value.isdigit() and int(value) < 1 << 32:
            setattr(binding, field, int(value))
    for place, name in _BOOLEANS.items():
        _set(binding, name, values[place], words)
    for label, value in record.fields[_FIXED:]:
        name = next((field for pattern, field in _BY_LABEL if pattern.search(label)), "")
        _set(binding, name, value, words)
    return binding


def _set(binding: facts_pb2.TlsBinding, name: str, word: str, words: dict[str, bool]) -> None:
    if name and word.lower() in words:
        setattr(binding, name, words[word.lower()])


def _key(text: str, binding: facts_pb2.TlsBinding) -> None:
    found = _KEY.fullmatch(text)
    if found is None:  # the central certificate store is known by its port alone
        binding.binding_kind, binding.host, binding.port = facts_pb2.BINDING_KIND_CCS, "*", int(text)
        return
    binding.host, binding.port = found[1].strip("[]"), int(found[2])
    address = ":" in binding.host or re.fullmatch(r"[0-9.]+", binding.host)
    binding.binding_kind = facts_pb2.BINDING_KIND_IP if address else facts_pb2.BINDING_KIND_SNI
