"""An index from which alone it is told which facts held at an instant: long histories are not read row by row."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BEFORE = ["farm_id", "slot_id", "ended"]


def upgrade() -> None:
    op.drop_index(op.f("ix_facts_farm_id_slot_id_ended"), table_name="facts")
    op.create_index(op.f("ix_facts_farm_id_slot_id_ended_began"), "facts", [*BEFORE, "began"])


def downgrade() -> None:
    op.drop_index(op.f("ix_facts_farm_id_slot_id_ended_began"), table_name="facts")
    op.create_index(op.f("ix_facts_farm_id_slot_id_ended"), "facts", BEFORE)
