"""orders that have begun"""

import sqlalchemy as sa
from alembic import op

revision = "c4d20f8a61e9"
down_revision = "7e15c0ab93d4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add when an order began; what was ordered before is not to be begun again."""
    column = sa.Column("begun_at", sa.DateTime(timezone=True))
    op.add_column("distribution_schedule", column)
    op.execute("UPDATE distribution_schedule SET begun_at = created_at")


def downgrade() -> None:
    """Drop it."""
    op.drop_column("distribution_schedule", "begun_at")
