"""a model says which rewards it was trained with"""

import sqlalchemy as sa
from alembic import op

revision = "d1c6027be5f8"
down_revision = "4a7de1905c3b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("model") as table:
        table.add_column(sa.Column("learned_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("model") as table:
        table.drop_column("learned_at")
