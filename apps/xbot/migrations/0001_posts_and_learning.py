"""the account, posts, tweets, what was learned, configuration"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "b83f5e0c19d7"
down_revision = None
branch_labels = ("xbot",)
depends_on = None


def _time(name: str, *, nullable: bool = False, index: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, index=index)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "bot_account",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        _time("expires_at"),
        _time("connected_at"),
    )
    op.create_table(
        "bot_config",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _time("changed_at"),
    )
    _posts()
    _learning()


def _posts() -> None:
    op.create_table(
        "bot_post",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False, index=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False, index=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        _time("scheduled_for", index=True),
        sa.Column("status", sa.String(16), nullable=False, index=True),
        sa.Column("score", sa.Double[float]()),
        sa.Column("reason", sa.String()),
        _time("created_at"),
        _time("ended_at", nullable=True),
    )
    op.create_table(
        "tweet",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("post_id", sa.String(), nullable=False, unique=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False, index=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        _time("posted_at", index=True),
        _time("ask_at", index=True),
        sa.Column("likes", sa.Integer()),
        sa.Column("shares", sa.Integer()),
        sa.Column("replies", sa.Integer()),
        _time("measured_at", nullable=True),
    )


def _learning() -> None:
    op.create_table(
        "reward",
        sa.Column("tweet_id", sa.String(), primary_key=True),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("engagement", sa.Integer(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        _time("learned_at", index=True),
    )
    op.create_table(
        "model",
        sa.Column("version", sa.String(), primary_key=True),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("accuracy", sa.Double[float](), nullable=False),
        sa.Column("baseline", sa.Double[float](), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        _time("trained_at"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("model", "reward", "tweet", "bot_post", "bot_config", "bot_account"):
        op.drop_table(name)
