"""A fact in one line of words, for tables and evidence. Text for people; nothing reads it back."""

from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import KIND_BY_FIELD


def describe(fact: facts_pb2.Fact) -> str:
    """Return the fact in one line; a kind without words of its own gives its fields."""
    field = fact.WhichOneof("value")
    if field is None:
        return ""
    value = getattr(fact, field)
    say = _WORDS.get(KIND_BY_FIELD[field].name)
    return say(value) if say is not None else _fields(value)


def plain(text: str) -> str:
    """Return text with every control character replaced, line breaks too: names come from hostile certificates."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def names(servers: Sequence[str], shown: int = 5) -> str:
    """Return server names for a title: all of them, or the first few and how many more."""
    more = len(servers) - shown
    return ", ".join(servers) if more <= 1 else f"{', '.join(servers[:shown])} and {more} more"


def enum_word(message: Any, field: str) -> str:  # noqa: ANN401 - any message of the contract
    """Return an enum field's value in lower-case words: RETRIEVAL_OUTCOME_TIMED_OUT -> "timed out"."""
    descriptor = message.DESCRIPTOR.fields_by_name[field].enum_type
    value = descriptor.values_by_number.get(getattr(message, field))
    if value is None:
        return f"value {getattr(message, field)}"
    prefix = descriptor.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return str(value.name.removeprefix(prefix)).lower().replace("_", " ")


def day(stamp: Timestamp) -> str:
    """Return a timestamp as 2026-11-23 10:00Z, or "-" when it is not set."""
    if not stamp.seconds:
        return "-"
    return stamp.ToDatetime(tzinfo=UTC).strftime("%Y-%m-%d %H:%MZ")


def _fields(value: Any) -> str:  # noqa: ANN401 - any message of the contract
    said = []
    for field, content in value.ListFields():
        if field.type == field.TYPE_ENUM and not field.is_repeated:
            said.append(f"{field.name} {enum_word(value, field.name)}")
        elif field.type not in (field.TYPE_MESSAGE, field.TYPE_BYTES):
            said.append(f"{field.name} {', '.join(map(str, content)) if field.is_repeated else content}")
    return ", ".join(said)[:300]


def _certificate(summary: facts_pb2.CertificateSummary) -> str:
    if summary.parse_error:
        return f"does not parse: {summary.parse_error}"
    return f"{summary.subject or '(no subject shown)'}, until {day(summary.not_after)}"


def _given(value: facts_pb2.GivenCertificate) -> str:
    names = ", ".join([*value.user_principal_names, *value.rfc822_names][:3])
    return _certificate(value.certificate) + (f", for {names}" if names else "")


def _store_certificate(value: facts_pb2.StoreCertificate) -> str:
    said = f"{_certificate(value.certificate)}, by {enum_word(value, 'origin')}"
    if value.usages_restricted == facts_pb2.TRISTATE_YES:
        said += f", for {', '.join(value.allowed_usages) or 'nothing'} alone"
    return said


def _retrieval(value: facts_pb2.Retrieval) -> str:
    said = [enum_word(value, "outcome")]
    if value.http_status and value.outcome != facts_pb2.RETRIEVAL_OUTCOME_OK:
        said.append(f"HTTP {value.http_status}")
    if value.HasField("crl"):
        said.append(f"number {value.crl.number or '-'}, next update {day(value.crl.next_update)}")
    if value.signature == facts_pb2.SIGNATURE_CHECK_FAILED:
        said.append("signature does not verify")
    if value.size:
        said.append(f"{value.size} bytes")
    if value.detail:
        said.append(value.detail)
    return ", ".join(said)


def _binding(value: facts_pb2.TlsBinding) -> str:
    said = [f"certificate {value.certificate_sha1 or '-'}", f"store {value.store or '-'}"]
    if value.HasField("negotiate_client_certificate"):
        said.append(f"negotiate {'on' if value.negotiate_client_certificate else 'off'}")
    if value.HasField("verify_client_revocation"):
        said.append(f"revocation check {'on' if value.verify_client_revocation else 'off'}")
    said.append(f"CTL store {value.ctl_store or '(null)'}")
    return ", ".join(said)


def _endpoint(value: facts_pb2.TlsEndpoint) -> str:
    said = [enum_word(value, "tcp")]
    for shake in value.handshakes:
        sni = "" if shake.with_sni else " without SNI"
        asked = enum_word(shake, "client_certificate")
        said.append(f"{shake.version_tried}{sni} {enum_word(shake, 'outcome')}, client certificate {asked}")
    if value.http:
        said.append(f"HTTP {value.http_status or enum_word(value, 'http')}")
    return "; ".join(said)


def _service(value: facts_pb2.Service) -> str:
    account = value.account_name or value.account_sid or "account not shown"
    return f"{enum_word(value, 'state')}, {enum_word(value, 'start')}, as {account}"


def _proxy(value: facts_pb2.ProxySetting) -> str:
    if value.direct:
        return "direct"
    target = value.proxy or value.pac_url or "auto-detect"
    return f"{target}, bypass {'; '.join(value.bypass) or '(none)'}"


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "clock": lambda v: f"{v.offset.ToSeconds():+d} s against {v.reference}",
    "store-certificate": _store_certificate,
    "given-certificate": _given,
    "store-crl": lambda v: f"{v.crl.issuer}, next update {day(v.crl.next_update)}",
    "store-ctl": lambda v: f"{v.identifier or 'a list without a name'}, {v.entries} entries",
    "http-timeout": lambda v: f"{v.seconds} s",
    "url-reservation": lambda v: v.sddl or "no access list shown",
    "tls-binding": _binding,
    "listener": lambda v: f"{v.process_name or 'process not shown'} {v.service}".strip(),
    "service": _service,
    "proxy-setting": _proxy,
    "schannel-setting": lambda v: str(v.number) if v.HasField("number") else v.text,
    "retrieval": _retrieval,
    "tls-endpoint": _endpoint,
    "adfs-certificate": lambda v: f"{v.type}, primary {enum_word(v, 'primary')}, {_certificate(v.certificate)}",
    "wap-trust-certificate": lambda v: _certificate(v.certificate),
    "entra-authority": lambda v: f"{_certificate(v.certificate)}, CRL at {v.crl_url or '(none)'}",
    "entra-pki-store": lambda v: f"{v.authorities} authorities in {v.containers} containers",
    "entra-certificate-policy": lambda v: f"enabled {enum_word(v, 'enabled')}, for {', '.join(v.included) or 'nobody'}",
    "entra-rollout": lambda v: f"{v.display_name or v.id}, enabled {enum_word(v, 'enabled')}",
}
