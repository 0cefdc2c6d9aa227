"""brands, accounts, schedules, metrics; publications are kit.publishing's"""

import sqlalchemy as sa
from alembic import op

revision = "2b9d4a6e80f1"
down_revision = "1e71c606dcff"
branch_labels = None
depends_on = "5c3f0d1b7a92"

MOVE = """
    INSERT INTO kit_publication (
        id, post_id, account_id, network, state, attempt_id, since, first_sent_at, not_before,
        refused_as_duplicate, named_post_id, remote_post_id, remote_url, error, updated_at)
    SELECT id, post_id, social_account_id, platform, state, attempt_id, since, first_sent_at,
        not_before, refused_as_duplicate, '', remote_post_id, remote_url, error, updated_at
    FROM publication
"""
BRANDS = """
    INSERT INTO brand_profile (id, user_id, name, tone, created_at)
    SELECT brand_profile_id, NULL, brand_profile_id, '', min(created_at)
    FROM post GROUP BY brand_profile_id
"""


def upgrade() -> None:
    """Make the tables, and keep the posts that are there."""
    _brands_and_accounts()
    _posts()
    _around_posts()
    op.execute(BRANDS)
    op.execute("INSERT INTO post_number (post_id) SELECT id FROM post ORDER BY created_at, id")
    op.execute(MOVE)
    op.drop_table("publication")


def _brands_and_accounts() -> None:
    op.create_table(
        "brand_profile",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), index=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tone", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "social_account",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column(
            "brand_profile_id", sa.String(), sa.ForeignKey("brand_profile.id"), nullable=False
        ),
        sa.Column("platform", sa.String(16), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("brand_profile_id", "platform", "user_id"),
    )
    op.create_table(
        "connection",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("account_id", sa.String(), nullable=False, unique=True),
    )


def _posts() -> None:
    none = sa.text("'[]'")
    with op.batch_alter_table("post") as table:
        table.add_column(sa.Column("media", sa.JSON(), nullable=False, server_default=none))
        table.add_column(sa.Column("account_ids", sa.JSON(), nullable=False, server_default=none))
        table.add_column(sa.Column("slot", sa.String()))
        table.create_unique_constraint("uq_post_slot", ["slot"])
    with op.batch_alter_table("post") as table:
        table.alter_column("media", server_default=None)
        table.alter_column("account_ids", server_default=None)
    op.create_table(
        "post_number",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("post_id", sa.String(), nullable=False, unique=True),
    )
    op.create_table(
        "post_variant",
        sa.Column("post_id", sa.String(), primary_key=True),
        sa.Column("account_id", sa.String(), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
    )


def _around_posts() -> None:
    _schedules()
    op.create_table(
        "post_metric",
        sa.Column("post_id", sa.String(), primary_key=True),
        sa.Column("account_id", sa.String(), primary_key=True),
        sa.Column("likes", sa.Integer()),
        sa.Column("shares", sa.Integer()),
        sa.Column("comments", sa.Integer()),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "material",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("brand_profile_id", sa.String(), nullable=False, index=True),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("error", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "credit",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("user_id", "reason"),
    )


def _schedules() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column(
            "brand_profile_id",
            sa.String(),
            sa.ForeignKey("brand_profile.id"),
            nullable=False,
            index=True,
        ),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.Column("account_ids", sa.JSON(), nullable=False),
        sa.Column("cron", sa.String(), nullable=False),
        sa.Column("tz", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "distribution_schedule",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("post_number", sa.Integer(), nullable=False),
        sa.Column("connections", sa.JSON(), nullable=False),
        sa.Column("scheduled_for", sa.DateTime(timezone=True)),
        sa.Column("request_ai_assets", sa.Boolean(), nullable=False),
        sa.Column("custom_message", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Refuse: the first revision has no place for what this one keeps."""
    raise NotImplementedError(
        "rabbit24's revision 2b9d4a6e80f1 cannot be taken back: restore a backup instead."
    )
