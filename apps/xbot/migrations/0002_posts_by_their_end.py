"""posts are asked for by when they ended"""

from alembic import op

revision = "4a7de1905c3b"
down_revision = "b83f5e0c19d7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_bot_post_ended_at", "bot_post", ["ended_at"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_bot_post_ended_at", "bot_post")
