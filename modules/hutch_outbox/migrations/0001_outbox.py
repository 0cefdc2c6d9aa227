"""the outbox"""

import sqlalchemy as sa
from alembic import op

revision = "5c0d3e9a71b4"
down_revision = None
branch_labels = ("hutch_outbox",)
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "hutch_outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("hutch_outbox")
