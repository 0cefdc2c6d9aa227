"""vectors as float32 blobs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "8be0f2a6c513"
down_revision = None
branch_labels = ("kit_vectors",)
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "kit_vectors",
        sa.Column("space", sa.String(), primary_key=True),
        sa.Column("model", sa.String(), primary_key=True),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("tags", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("kit_vectors")
