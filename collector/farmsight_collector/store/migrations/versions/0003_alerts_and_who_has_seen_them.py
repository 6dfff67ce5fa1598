"""Alerts on their way, acknowledgements and maintenance windows."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Not in batch mode: that would copy the table, and others refer to it.
    op.add_column("agents", sa.Column("check_in_s", sa.Integer(), server_default="60", nullable=False))
    op.create_table(
        "alert_standings",
        sa.Column("farm_id", sa.BigInteger(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["farm_id"], ["farms.id"], name=op.f("fk_alert_standings_farm_id")),
        sa.PrimaryKeyConstraint("farm_id", "finding", name=op.f("pk_alert_standings")),
    )
    op.create_index(op.f("ix_alert_standings_due"), "alert_standings", ["due"])
    op.create_table(
        "alert_messages",
        sa.Column("farm_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["farm_id"], ["farms.id"], name=op.f("fk_alert_messages_farm_id")),
        sa.PrimaryKeyConstraint("farm_id", "id", name=op.f("pk_alert_messages")),
    )
    op.create_index(op.f("ix_alert_messages_made"), "alert_messages", ["made"])
    op.create_table(
        "alert_deliveries",
        sa.Column("farm_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("ended", sa.BigInteger()),
        sa.PrimaryKeyConstraint("farm_id", "message_id", "channel", name=op.f("pk_alert_deliveries")),
    )
    op.create_index(op.f("ix_alert_deliveries_state_due"), "alert_deliveries", ["state", "due"])
    _what_people_say()
    op.create_table(
        "alert_turns",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_alert_turns")),
    )
    op.create_table(
        "alert_watch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("watched_until", sa.BigInteger(), nullable=False),
        sa.Column("away_from", sa.BigInteger(), nullable=False),
        sa.Column("away_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_watch")),
    )


def _what_people_say() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("farm_id", sa.BigInteger(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger()),
        sa.Column("ended_why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["farm_id"], ["farms.id"], name=op.f("fk_acknowledgements_farm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgements")),
    )
    op.create_index(op.f("ix_acknowledgements_farm_id_finding"), "acknowledgements", ["farm_id", "finding"])
    op.create_table(
        "maintenance_windows",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("farm_id", sa.BigInteger(), nullable=False),
        sa.Column("servers", sa.Text(), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["farm_id"], ["farms.id"], name=op.f("fk_maintenance_windows_farm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_windows")),
    )
    op.create_index(op.f("ix_maintenance_windows_farm_id_ends"), "maintenance_windows", ["farm_id", "ends"])


def downgrade() -> None:
    for table in (
        "alert_watch",
        "alert_turns",
        "maintenance_windows",
        "acknowledgements",
        "alert_deliveries",
        "alert_messages",
        "alert_standings",
    ):
        op.drop_table(table)
    op.drop_column("agents", "check_in_s")
