"""publications"""

import sqlalchemy as sa
from alembic import op

revision = "5c3f0d1b7a92"
down_revision = None
branch_labels = ("kit_publishing",)
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "kit_publication",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("network", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("attempt_id", sa.String()),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_sent_at", sa.DateTime(timezone=True)),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("prepared", sa.Text()),
        sa.Column("prepared_at", sa.DateTime(timezone=True)),
        sa.Column("refused_as_duplicate", sa.Boolean(), nullable=False),
        sa.Column("named_post_id", sa.String(), nullable=False),
        sa.Column("remote_post_id", sa.String()),
        sa.Column("remote_url", sa.String()),
        sa.Column("error", sa.String()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("post_id", "account_id"),
        sa.UniqueConstraint("network", "remote_post_id"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("kit_publication")
