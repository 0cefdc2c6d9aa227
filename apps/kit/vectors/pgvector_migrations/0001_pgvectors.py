"""vectors of pgvector's type, where the server has it"""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import VECTOR
from sqlalchemy.dialects.postgresql import JSONB

revision = "d41c7a9e2b60"
down_revision = None
branch_labels = ("kit_pgvectors",)
depends_on = None


def upgrade() -> None:
    """Make the table on a PostgreSQL server that has pgvector; elsewhere nothing."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    offered = sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
    if connection.scalar(offered) is None:
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "kit_pgvectors",
        sa.Column("space", sa.String(), primary_key=True),
        sa.Column("model", sa.String(), primary_key=True),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("vector", VECTOR(), nullable=False),
        sa.Column("tags", JSONB(), nullable=False),
    )


def downgrade() -> None:
    """Drop the table; the extension may serve others."""
    op.execute("DROP TABLE IF EXISTS kit_pgvectors")
