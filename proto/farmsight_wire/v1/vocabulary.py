"""The words of the contract that are strings: kinds, probes, contexts, outcomes.

Both sides stand on these tables; docs and tests check them both ways.
"""

from dataclasses import dataclass
from typing import Final

from farmsight_wire.v1 import facts_pb2, telemetry_pb2


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of fact.

    `field` is the name of its value in `Fact.value`, `probe` the one probe
    that yields it, `part` the part of that probe's reports which speaks of
    it ("*": the part is taken from the fact's key, before the slash), and
    `in_context` whether it is observed once per account.
    """

    name: str
    field: str
    probe: str
    part: str = ""
    in_context: bool = False


KINDS: Final[tuple[Kind, ...]] = (
    Kind(name="host", field="host", probe="host"),
    Kind(name="clock", field="clock", probe="clock"),
    Kind(name="store-certificate", field="store_certificate", probe="certificate-stores", part="*"),
    Kind(name="store-crl", field="store_crl", probe="certificate-stores", part="*"),
    Kind(name="store-ctl", field="store_ctl", probe="certificate-stores", part="*"),
    Kind(name="url-reservation", field="url_reservation", probe="http-sys", part="url-reservation"),
    Kind(name="tls-binding", field="tls_binding", probe="http-sys", part="tls-binding"),
    Kind(name="ip-listen", field="ip_listen", probe="http-sys", part="ip-listen"),
    Kind(name="url-registration", field="url_registration", probe="http-sys", part="url-registration"),
    Kind(name="http-timeout", field="http_timeout", probe="http-sys", part="http-timeout"),
    Kind(name="listener", field="listener", probe="listeners"),
    Kind(name="port-exclusion", field="port_exclusion", probe="port-exclusions"),
    Kind(name="service", field="service", probe="services"),
    Kind(name="proxy-setting", field="proxy_setting", probe="proxy-settings", in_context=True),
    Kind(name="schannel-setting", field="schannel_setting", probe="schannel"),
    Kind(name="retrieval", field="retrieval", probe="retrievals", in_context=True),
    Kind(name="chain-verdict", field="chain_verdict", probe="chain-verdicts", in_context=True),
    Kind(name="url-cache", field="url_cache", probe="url-cache", in_context=True),
    Kind(name="tls-endpoint", field="tls_endpoint", probe="tls-endpoints"),
    Kind(name="adfs-properties", field="adfs_properties", probe="adfs", part="properties"),
    Kind(name="adfs-global-policy", field="adfs_global_policy", probe="adfs", part="global-policy"),
    Kind(name="adfs-sync", field="adfs_sync", probe="adfs", part="sync"),
    Kind(
        name="adfs-authentication-provider",
        field="adfs_authentication_provider",
        probe="adfs",
        part="authentication-providers",
    ),
    Kind(name="adfs-endpoint", field="adfs_endpoint", probe="adfs", part="endpoints"),
    Kind(name="adfs-certificate", field="adfs_certificate", probe="adfs", part="certificates"),
    Kind(name="adfs-trust", field="adfs_trust", probe="adfs", part="trusts"),
    Kind(name="adfs-node", field="adfs_node", probe="adfs", part="nodes"),
    Kind(name="wap-configuration", field="wap_configuration", probe="wap", part="configuration"),
    Kind(name="wap-application", field="wap_application", probe="wap", part="applications"),
    Kind(
        name="wap-trust-certificate",
        field="wap_trust_certificate",
        probe="wap",
        part="trust-certificates",
    ),
    Kind(name="entra-authority", field="entra_authority", probe="entra", part="authorities"),
    Kind(name="entra-domain", field="entra_domain", probe="entra", part="domains"),
    Kind(name="entra-pki-store", field="entra_pki_store", probe="entra", part="pki-store"),
    Kind(
        name="entra-certificate-policy",
        field="entra_certificate_policy",
        probe="entra",
        part="certificate-policy",
    ),
    Kind(name="entra-rollout", field="entra_rollout", probe="entra", part="rollouts"),
    Kind(name="given-certificate", field="given_certificate", probe="given-certificates"),
    Kind(name="event", field="event", probe="events", part="*"),
    Kind(name="agent", field="agent", probe="agent"),
)

KIND_BY_NAME: Final = {kind.name: kind for kind in KINDS}
KIND_BY_FIELD: Final = {kind.field: kind for kind in KINDS}
PROBE_NAMES: Final = tuple(dict.fromkeys(kind.probe for kind in KINDS))

CONTEXT_NAMES: Final[dict[facts_pb2.Context.ValueType, str | None]] = {
    facts_pb2.CONTEXT_UNSPECIFIED: None,
    facts_pb2.CONTEXT_SYSTEM: "system",
    facts_pb2.CONTEXT_ADFS_SERVICE: "adfs-service",
    facts_pb2.CONTEXT_NETWORK_SERVICE: "network-service",
    facts_pb2.CONTEXT_PROXY_SERVICE: "proxy-service",
    facts_pb2.CONTEXT_CALLER: "caller",
}
CONTEXT_BY_NUMBER: Final[dict[int, str | None]] = {int(value): name for value, name in CONTEXT_NAMES.items()}
CONTEXT_BY_NAME: Final = {name: value for value, name in CONTEXT_NAMES.items()}

OUTCOME_NAMES: Final[dict[telemetry_pb2.ProbeOutcome.ValueType, str]] = {
    telemetry_pb2.PROBE_OUTCOME_OBSERVED: "observed",
    telemetry_pb2.PROBE_OUTCOME_NOT_APPLICABLE: "not_applicable",
    telemetry_pb2.PROBE_OUTCOME_DENIED: "denied",
    telemetry_pb2.PROBE_OUTCOME_UNAVAILABLE: "unavailable",
    telemetry_pb2.PROBE_OUTCOME_TIMED_OUT: "timed_out",
    telemetry_pb2.PROBE_OUTCOME_FAILED: "failed",
}
OUTCOME_BY_NAME: Final = {name: value for value, name in OUTCOME_NAMES.items()}

PURPOSE_NAMES: Final[dict[facts_pb2.RetrievalPurpose.ValueType, str]] = {
    facts_pb2.RETRIEVAL_PURPOSE_CRL: "crl",
    facts_pb2.RETRIEVAL_PURPOSE_DELTA: "delta",
    facts_pb2.RETRIEVAL_PURPOSE_AIA: "aia",
    facts_pb2.RETRIEVAL_PURPOSE_OCSP: "ocsp",
}

ROLES: Final = ("adfs", "wap", "proxy", "vantage")

# Series of samples, with their unit.
SERIES: Final[dict[str, str]] = {
    "retrieval-duration-ms": "ms",
    "retrieval-size-bytes": "bytes",
    "crl-seconds-left": "s",
    "clock-offset-ms": "ms",
    "tls-handshake-ms": "ms",
    "probe-duration-ms": "ms",
    "agent-rss-bytes": "bytes",
    "agent-cpu-seconds": "s",
    "agent-spool-bytes": "bytes",
    "agent-spool-reports": "count",
    "agent-refused-reports": "count",
    "agent-dropped-reports": "count",
}

# Lines over time that a collector works out of facts and findings, with their unit; asked for by name like series.
WORKED_OUT: Final[dict[str, str]] = {
    "crl-validity-left": "s",
    "crl-publication-interval": "s",
    "crl-publication-overdue": "s",
    "url-availability": "share",
    "findings-open": "count",
    "sign-in-failures": "count",
    "events": "count",
    "agent-heard": "share",
}
TRENDS: Final[dict[str, str]] = {**SERIES, **WORKED_OUT}


def kind_of(fact: facts_pb2.Fact) -> Kind:
    """Return the kind of a fact; raises ValueError when it carries no value."""
    field = fact.WhichOneof("value")
    if field is None:
        raise ValueError("the fact carries no value")
    return KIND_BY_FIELD[field]


def part_of(kind: Kind, key: str) -> str:
    """Return the part of the probe's reports that a fact of this kind and key belongs to."""
    return key.partition("/")[0] if kind.part == "*" else kind.part
