"""An index from which alone it is told which facts held at an instant: long histories are not read row by row."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BEFORE = ("farm_id", "slot_id", "ended")


def upgrade() -> None:
    for table in ("facts", "coverage"):
        op.drop_index(op.f(f"ix_{table}_farm_id_slot_id_ended"), table_name=table)
        op.create_index(op.f(f"ix_{table}_farm_id_slot_id_ended_began"), table, [*BEFORE, "began"])


def downgrade() -> None:
    for table in ("facts", "coverage"):
        op.drop_index(op.f(f"ix_{table}_farm_id_slot_id_ended_began"), table_name=table)
        op.create_index(op.f(f"ix_{table}_farm_id_slot_id_ended"), table, list(BEFORE))
