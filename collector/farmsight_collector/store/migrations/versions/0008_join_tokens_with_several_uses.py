"""Join tokens that let several servers in, each once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("tokens") as table:
        table.add_column(sa.Column("uses", sa.Integer(), server_default="1", nullable=False))
        table.add_column(sa.Column("taken", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE tokens SET taken = 1 WHERE used IS NOT NULL")


def downgrade() -> None:
    # A token with uses left that were partly taken would be good for one more: it must not.
    op.execute("UPDATE tokens SET used = made WHERE taken > 0 AND used IS NULL")
    with op.batch_alter_table("tokens") as table:
        table.drop_column("taken")
        table.drop_column("uses")
