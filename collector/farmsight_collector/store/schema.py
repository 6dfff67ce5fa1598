"""The tables: the same on SQLite and PostgreSQL.

Times are microseconds since 1970 UTC. An interval that is still open ends at
`OPEN`, so that "as of T" is always `began <= T < ended`. The tables that grow
carry the farm first in their keys and can be distributed by it.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from farmsight_collector.store import schema_alerts, schema_metadata

OPEN: Final = schema_metadata.OPEN
ROW_ID: Final = schema_metadata.ROW_ID
metadata: Final = schema_metadata.metadata

farms: Final = Table(
    "farms",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False, unique=True),
)

servers: Final = Table(
    "servers",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    UniqueConstraint("farm_id", "name"),
)

agents: Final = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),  # UUID
    Column("server_id", BigInteger, ForeignKey("servers.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Column("not_after", BigInteger, nullable=False),
    Column("public_key_sha256", LargeBinary, nullable=False),
    Column("enrolled", BigInteger, nullable=False),
    Column("version", Text, nullable=False, server_default=""),
    Column("platform", Text, nullable=False, server_default=""),
    Column("last_seen", BigInteger),
    Column("clock_offset_us", BigInteger, nullable=False, server_default="0"),
    Column("check_in_s", Integer, nullable=False, server_default="60"),  # how often it gives a sign
    Index(None, "server_id"),
)

# Which reports of an agent are here for good: all up to a number, and some beyond it.
agent_epochs: Final = Table(
    "agent_epochs",
    metadata,
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("epoch", Text, nullable=False),  # 16 hex digits; an unsigned 64-bit number fits no column
    Column("durable_up_to", BigInteger, nullable=False),
    Column("beyond", LargeBinary, nullable=False),  # sorted unsigned 64-bit, big endian
    Column("last_used", BigInteger, nullable=False),
    PrimaryKeyConstraint("agent_id", "epoch"),
)

revocations: Final = Table(
    "revocations",
    metadata,
    Column("serial", Text, primary_key=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("not_after", BigInteger, nullable=False),
)

recoveries: Final = Table(
    "recoveries",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("csr_der", LargeBinary, nullable=False),
    Column("public_key_sha256", LargeBinary, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # pending, approved, refused
    Column("decided", BigInteger),
    Column("decided_by", Text, nullable=False, server_default=""),
    UniqueConstraint("agent_id", "public_key_sha256"),
)

tokens: Final = Table(
    "tokens",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("farm", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("host_name", Text),
    Column("made", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),  # up: of several uses, by the last
    Column("revoked", BigInteger),
    Column("uses", Integer, nullable=False, server_default="1"),
    Column("taken", Integer, nullable=False, server_default="0"),
)

# What a run of a probe speaks of, and what facts and coverage are held per.
slots: Final = Table(
    "slots",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("server_id", BigInteger, ForeignKey("servers.id"), nullable=False),
    Column("probe", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("context", Integer, nullable=False),  # the number of the wire's enum
    Column("revision", BigInteger, nullable=False, server_default="0"),  # grows when the past is rewritten
    UniqueConstraint("server_id", "probe", "part", "context"),
    Index(None, "farm_id"),
)

# One row a run that was reported; `known` is false when it could not look.
coverage: Final = Table(
    "coverage",
    metadata,
    Column("farm_id", BigInteger, nullable=False),
    Column("slot_id", BigInteger, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("ended", BigInteger, nullable=False),  # when the next run was
    Column("covered_until", BigInteger, nullable=False),  # the last sign that it is still so
    Column("known", Boolean, nullable=False),
    Column("outcome", Integer, nullable=False),  # the number of the wire's enum
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("fact_count", Integer, nullable=False),
    Column("cadence_us", BigInteger, nullable=False),
    Column("rank", Text, nullable=False),  # epoch and sequence: decides between runs of one instant
    PrimaryKeyConstraint("farm_id", "slot_id", "began"),
    Index(None, "farm_id", "slot_id", "ended"),
)

facts: Final = Table(
    "facts",
    metadata,
    Column("farm_id", BigInteger, nullable=False),
    Column("slot_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("ended", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),  # the serialised Fact
    PrimaryKeyConstraint("farm_id", "slot_id", "kind", "key", "began"),  # also: the history of a key
    Index(None, "farm_id", "slot_id", "ended", "began"),  # what is open; as of an instant, from the index alone
)

blobs: Final = Table(
    "blobs",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("added", BigInteger, nullable=False),
)

# Bytes that facts name and that no agent has sent yet.
wanted_blobs: Final = Table(
    "wanted_blobs",
    metadata,
    Column("server_id", BigInteger, ForeignKey("servers.id"), nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    PrimaryKeyConstraint("server_id", "sha256"),
)

series: Final = Table(
    "series",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("server_id", BigInteger, ForeignKey("servers.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("context", Integer, nullable=False),
    Column("key", Text, nullable=False),
    # Before these, hours (then days) are all there is; samples that came late wait to be added to them.
    Column("samples_from", BigInteger, nullable=False, server_default="0"),
    Column("hours_from", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("server_id", "name", "context", "key"),
    Index(None, "farm_id", "name"),
)

samples: Final = Table(
    "samples",
    metadata,
    Column("farm_id", BigInteger, nullable=False),
    Column("series_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("value", Double, nullable=False),
    PrimaryKeyConstraint("farm_id", "series_id", "at"),
    sqlite_with_rowid=False,
)


def _roll_up(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("farm_id", BigInteger, nullable=False),
        Column("series_id", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),  # where the day, or the eight days, begin, UTC
        Column("figures", LargeBinary, nullable=False),  # of its hours, or days: store/figures.py
        PrimaryKeyConstraint("farm_id", "series_id", "at"),
        sqlite_with_rowid=False,
    )


samples_hourly: Final = _roll_up("samples_hourly")
samples_daily: Final = _roll_up("samples_daily")

# Hours that got samples since they were last rolled up.
samples_pending: Final = Table(
    "samples_pending",
    metadata,
    Column("farm_id", BigInteger, nullable=False),
    Column("series_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("farm_id", "series_id", "at"),
    sqlite_with_rowid=False,
)

findings: Final = Table(
    "findings",
    metadata,
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("closed", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("payload", Text, nullable=False),  # JSON, as the output schema has it
    PrimaryKeyConstraint("farm_id", "id", "opened"),
    Index(None, "farm_id", "closed"),
)

# What became of findings: when each opened, worsened, eased, came to other servers, closed.
finding_changes: Final = Table(
    "finding_changes",
    metadata,
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("id", Text, nullable=False),
    Column("change", Text, nullable=False),  # opened, worsened, eased, spread, closed
    Column("code", Text, nullable=False),
    Column("severity", Integer, nullable=False),  # from then on; of one that closed, until then
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("servers", Text, nullable=False),  # JSON
    PrimaryKeyConstraint("farm_id", "at", "id", "change"),
    Index(None, "farm_id", "id"),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "at"),
)

quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("agent_id", Text, nullable=False),  # empty: not known who it was
    Column("reason", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # of the whole frame; data may be cut
    Column("data", LargeBinary, nullable=False),
)

# Those of alerts stand beside this file.
alert_standings: Final = schema_alerts.alert_standings
alert_messages: Final = schema_alerts.alert_messages
alert_deliveries: Final = schema_alerts.alert_deliveries
acknowledgements: Final = schema_alerts.acknowledgements
maintenance_windows: Final = schema_alerts.maintenance_windows
alert_turns: Final = schema_alerts.alert_turns
alert_watch: Final = schema_alerts.alert_watch

# Collector processes on this database; only on PostgreSQL are there several.
replicas: Final = Table(
    "replicas",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # dead from then on, by the database's clock
)

# What one replica does at a time: a farm's findings, a tenant, the removal of old data.
claims: Final = Table(
    "claims",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),  # a replica; empty: nobody
    Column("generation", BigInteger, nullable=False),  # one more whenever somebody takes it
    Column("since", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),  # one more whenever something was written by right of it
)

# One row: the CA that the agents of this database trust.
authority: Final = Table(
    "authority",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("ca_sha256", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# What lets people in: `sign-in` once, for a session of the web page; `api` as often as they like, until it expires.
web_tokens: Final = Table(
    "web_tokens",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("secret_sha256", LargeBinary, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),  # of the person, for the audit
    Column("role", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("used", BigInteger),
    Column("revoked", BigInteger),
)

web_sessions: Final = Table(
    "web_sessions",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("secret_sha256", LargeBinary, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("came_by", Text, nullable=False),  # a token's id, or "oidc"
    Column("made", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index(None, "expires"),
)

# Users' certificates, public parts alone, that somebody traced: an address of the page names one.
traced: Final = Table(
    "traced",
    metadata,
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False),
    Column("actor", Text, nullable=False),  # who handed it in last
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("farm_id", "sha256"),
    Index(None, "farm_id", "at"),
)
