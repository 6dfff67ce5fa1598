"""Users' certificates that somebody traced on the web page."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "traced",
        sa.Column("farm_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["farm_id"], ["farms.id"], name=op.f("fk_traced_farm_id")),
        sa.PrimaryKeyConstraint("farm_id", "sha256", name=op.f("pk_traced")),
    )
    op.create_index(op.f("ix_traced_farm_id_at"), "traced", ["farm_id", "at"])


def downgrade() -> None:
    op.drop_table("traced")
