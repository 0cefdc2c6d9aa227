"""products, refreshes, aesthetics, queries and insights"""

import sqlalchemy as sa
from alembic import op

revision = "7c1f0a52e9d4"
down_revision = None
branch_labels = ("fashiondeck",)
depends_on = None

AESTHETICS = {
    "boho": "linen cotton loose long brown orange dotted tunic",
    "classic": "wool straight black grey white plain coat shirt loafers",
    "minimalist": "plain black white grey straight slim cotton",
    "romantic": "silk pink dotted dress skirt blouse long",
    "utility": "denim hemp loose straight brown green plain jacket backpack boots",
}


def upgrade() -> None:
    """Make the tables, and the aesthetics to begin with."""
    op.create_table(
        "product",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("marketplace", sa.String(40), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("image_url", sa.Text()),
        sa.Column("stock", sa.Integer()),
        sa.Column("for_sale", sa.Boolean(), nullable=False),
        sa.Column("wanted", sa.String(64), nullable=False),
        sa.Column("embedded", sa.String(64)),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("marketplace", "remote_id"),
    )
    op.create_index(None, "product", ["marketplace", "category"])
    op.create_table(
        "refreshed",
        sa.Column("marketplace", sa.String(40), primary_key=True),
        sa.Column("category", sa.String(40), primary_key=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer()),
    )
    aesthetic = op.create_table(
        "aesthetic",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("words", sa.Text(), nullable=False),
    )
    op.bulk_insert(aesthetic, [{"name": n, "words": w} for n, w in AESTHETICS.items()])
    op.create_table(
        "query",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("hit", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "insight",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.Column("queries", sa.Integer(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("empty", sa.Integer(), nullable=False),
        sa.Column("top", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("insight", "query", "aesthetic", "refreshed", "product"):
        op.drop_table(table)
