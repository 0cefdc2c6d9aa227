"""sweeps"""

import sqlalchemy as sa
from alembic import op

revision = "8e41c7d90a26"
down_revision = "5c3f0d1b7a92"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count how often a publication was brought back."""
    with op.batch_alter_table("kit_publication") as table:
        table.add_column(sa.Column("sweeps", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("kit_publication") as table:
        table.alter_column("sweeps", server_default=None)


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("kit_publication") as table:
        table.drop_column("sweeps")
