"""users and their API tokens"""

import sqlalchemy as sa
from alembic import op

revision = "a41f6c8e20d7"
down_revision = None
branch_labels = ("hutch_auth",)
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "hutch_auth_users",
        sa.Column("id", number, primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("name", name="uq_hutch_auth_users_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hutch_auth_tokens",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("user_id", number, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["hutch_auth_users.id"],
            name="fk_hutch_auth_tokens_user_id_hutch_auth_users",
        ),
    )
    op.create_index("ix_hutch_auth_tokens_user_id", "hutch_auth_tokens", ["user_id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("hutch_auth_tokens")
    op.drop_table("hutch_auth_users")
