"""The tables of alerts: what is known of each finding, the outbox, and what people said to be quiet about."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from farmsight_collector.store.schema_metadata import ROW_ID, metadata

# What alerts know of each finding: what is so, what people were told, when to look again.
alert_standings: Final = Table(
    "alert_standings",
    metadata,
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("finding", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("told", Boolean, nullable=False),  # people think it open
    Column("due", BigInteger, nullable=False),  # OPEN: nothing happens by time alone
    Column("state", Text, nullable=False),  # JSON: the rest of it
    PrimaryKeyConstraint("farm_id", "finding"),
    Index(None, "due"),
)

# The outbox: what is told, in the order of its ids, which begin with the time.
alert_messages: Final = Table(
    "alert_messages",
    metadata,
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("complete", Boolean, nullable=False),  # what takes a look at the past is filled in before the first sending
    Column("payload", Text, nullable=False),  # JSON, as farmsight.alert/1 has it
    PrimaryKeyConstraint("farm_id", "id"),
    Index(None, "made"),
)

alert_deliveries: Final = Table(
    "alert_deliveries",
    metadata,
    Column("farm_id", BigInteger, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("wanted", Text, nullable=False),  # JSON: places of the alerts in the message that this channel wants
    Column("state", Text, nullable=False),  # waiting, sending, sent, dead
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),  # waiting: the next attempt; sending: until when the lease holds
    Column("lease", Text, nullable=False),  # who sends
    Column("answer", Text, nullable=False),  # what the receiver said last
    Column("ended", BigInteger),
    PrimaryKeyConstraint("farm_id", "message_id", "channel"),
    Index(None, "state", "due"),
)

acknowledgements: Final = Table(
    "acknowledgements",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("finding", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("ended_why", Text, nullable=False, server_default=""),
    Index(None, "farm_id", "finding"),
)

maintenance_windows: Final = Table(
    "maintenance_windows",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("farm_id", BigInteger, ForeignKey("farms.id"), nullable=False),
    Column("servers", Text, nullable=False),  # JSON; empty: the whole farm
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("ended_by", Text, nullable=False, server_default=""),
    Index(None, "farm_id", "ends"),
)

# What a channel does again and again by itself, and one collector at a time.
alert_turns: Final = Table(
    "alert_turns",
    metadata,
    Column("name", Text, primary_key=True),
    Column("due", BigInteger, nullable=False),
)

# Until when some collector watched over the agents, and since when without a gap.
alert_watch: Final = Table(
    "alert_watch",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("watched_until", BigInteger, nullable=False),
    Column("away_from", BigInteger, nullable=False),
    Column("away_until", BigInteger, nullable=False),
)
