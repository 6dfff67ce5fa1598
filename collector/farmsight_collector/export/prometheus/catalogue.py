"""Every metric of farms and agents by name: what it says, in which unit, by which labels.

Names and units follow Prometheus' conventions (prometheus.io, "Metric and
label naming"): base units, `_total` on counters, and instants as
`_timestamp_seconds`, so that what is left is told by the query
(`... - time()`) and stays true between scrapes.
"""

from dataclasses import dataclass
from typing import Final, Literal

RETRIEVED: Final = ("farm", "server", "context", "purpose", "url")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric; `most` bounds its series of one farm, what is over it is left out and counted."""

    name: str
    help: str
    labels: tuple[str, ...]
    kind: Literal["gauge", "counter"] = "gauge"
    most: int = 20_000


METRICS: Final[tuple[Metric, ...]] = (
    Metric(
        name="farmsight_farm_evaluated_timestamp_seconds",
        help="When the rules last ran over the farm; everything of the farm is as of then.",
        labels=("farm",),
    ),
    Metric(
        name="farmsight_farm_servers",
        help="Servers of the farm that have an agent, by role.",
        labels=("farm", "role"),
    ),
    Metric(
        name="farmsight_farm_findings",
        help="Open findings by severity, those folded under a cause among them; 0 is told, too.",
        labels=("farm", "severity"),
    ),
    Metric(
        name="farmsight_findings_open",
        help="Open findings by code; folded is yes for those that another finding explains.",
        labels=("farm", "severity", "code", "folded"),
    ),
    Metric(
        name="farmsight_rules_undecided",
        help="How often a rule could not tell, because something that it asks for is not known.",
        labels=("farm", "code"),
    ),
    Metric(
        name="farmsight_probe_parts",
        help="Parts of probes by how their last run ended; stale: no run covers the present any longer.",
        labels=("farm", "server", "probe", "outcome"),
    ),
    Metric(
        name="farmsight_retrieval_up",
        help="1 where the last fetch in this account's context gave what was asked for, 0 where it did not; "
        "nothing where it is not known.",
        labels=RETRIEVED,
    ),
    Metric(
        name="farmsight_retrieval_last_success_timestamp_seconds",
        help="Until when it is known that the fetch in this context succeeded.",
        labels=RETRIEVED,
    ),
    Metric(
        name="farmsight_retrieval_duration_seconds",
        help="How long the last fetch took.",
        labels=RETRIEVED,
    ),
    Metric(
        name="farmsight_retrieval_size_bytes",
        help="Size of the body that was fetched last, after decoding.",
        labels=RETRIEVED,
    ),
    Metric(
        name="farmsight_crl_this_update_timestamp_seconds",
        help="thisUpdate of the CRL that was fetched last (RFC 5280 5.1.2.4).",
        labels=RETRIEVED,
    ),
    Metric(
        name="farmsight_crl_next_update_timestamp_seconds",
        help="nextUpdate of the CRL that was fetched last (RFC 5280 5.1.2.5); nothing for one that never expires.",
        labels=RETRIEVED,
    ),
    Metric(
        name="farmsight_crl_next_publish_timestamp_seconds",
        help="When the CA means to publish the next CRL, as the one fetched last says (1.3.6.1.4.1.311.21.4).",
        labels=RETRIEVED,
    ),
    Metric(
        name="farmsight_crl_entries",
        help="Certificates on the CRL that was fetched last.",
        labels=RETRIEVED,
    ),
    Metric(
        name="farmsight_crl_cached_next_update_timestamp_seconds",
        help="Until when the copy in this account's CryptnetUrlCache serves.",
        labels=("farm", "server", "context", "url"),
    ),
    Metric(
        name="farmsight_certificate_not_after_timestamp_seconds",
        help="notAfter of a certificate that a server uses; use is tls-binding, wap-trust, "
        "or the type of an AD FS certificate.",
        labels=("farm", "server", "use", "name", "sha1"),
        most=5_000,
    ),
    Metric(
        name="farmsight_authority_not_after_timestamp_seconds",
        help="notAfter of the certificates of CAs that users' chains may need; "
        "standing tells how that is known: named, undecided or held.",
        labels=("farm", "subject", "sha1", "standing"),
        most=1_000,
    ),
    Metric(
        name="farmsight_events",
        help="Records of the event logs that the agent reports at present, by log and event.",
        labels=("farm", "server", "log", "event_id"),
        most=5_000,
    ),
    Metric(
        name="farmsight_agent_info",
        help="1 for each agent that is not revoked, with what it told of itself.",
        labels=("farm", "server", "role", "state", "version", "platform"),
    ),
    Metric(
        name="farmsight_agent_version_standing",
        help="1 for each agent that is not revoked: same, behind (the two minor versions before are supported), "
        "too old, newer, or not known, as compared with the collector that is scraped.",
        labels=("farm", "server", "standing"),
    ),
    Metric(
        name="farmsight_agent_last_seen_timestamp_seconds",
        help="When the agent, or the tenant, was last heard.",
        labels=("farm", "server", "role"),
    ),
    Metric(
        name="farmsight_agent_clock_offset_seconds",
        help="The agent's clock minus the collector's.",
        labels=("farm", "server"),
    ),
    Metric(
        name="farmsight_agent_certificate_not_after_timestamp_seconds",
        help="notAfter of the certificate that the agent speaks with.",
        labels=("farm", "server"),
    ),
    Metric(
        name="farmsight_agent_spool_bytes",
        help="What the agent has not got rid of yet.",
        labels=("farm", "server"),
    ),
    Metric(
        name="farmsight_agent_spool_reports",
        help="Reports that the agent has not got rid of yet.",
        labels=("farm", "server"),
    ),
    Metric(
        name="farmsight_agent_resident_memory_bytes",
        help="Resident memory of the agent.",
        labels=("farm", "server"),
    ),
    Metric(
        name="farmsight_agent_cpu_seconds_total",
        help="Processor time of the agent since it started.",
        labels=("farm", "server"),
        kind="counter",
    ),
    Metric(
        name="farmsight_agent_refused_reports_total",
        help="Reports of the agent that a collector refused.",
        labels=("farm", "server"),
        kind="counter",
    ),
    Metric(
        name="farmsight_agent_dropped_reports_total",
        help="Reports that the agent dropped because its spool was full.",
        labels=("farm", "server"),
        kind="counter",
    ),
)
BY_NAME: Final = {metric.name: metric for metric in METRICS}
