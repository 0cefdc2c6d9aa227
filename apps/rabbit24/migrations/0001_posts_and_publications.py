"""posts and publications"""

import sqlalchemy as sa
from alembic import op

revision = "1e71c606dcff"
down_revision = None
branch_labels = ("rabbit24",)
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "post",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("brand_profile_id", sa.String(), nullable=False, index=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("post_id", sa.String(), sa.ForeignKey("post.id"), nullable=False),
        sa.Column("social_account_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("attempt_id", sa.String()),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_sent_at", sa.DateTime(timezone=True)),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("refused_as_duplicate", sa.Boolean(), nullable=False),
        sa.Column("remote_post_id", sa.String()),
        sa.Column("remote_url", sa.String()),
        sa.Column("error", sa.String()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("post_id", "social_account_id"),
        sa.UniqueConstraint("platform", "remote_post_id"),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("publication")
    op.drop_table("post")
