"""sizes of materials"""

import sqlalchemy as sa
from alembic import op

revision = "f09b6e21d7a3"
down_revision = "c4d20f8a61e9"
branch_labels = None
depends_on = None

MATERIAL = sa.table(
    "material", sa.column("id", sa.String), sa.column("details", sa.JSON), sa.column("size")
)


def upgrade() -> None:
    """Add how large files are, as far as their analysis has told."""
    size = sa.Column("size", sa.Integer(), nullable=False, server_default="0")
    with op.batch_alter_table("material") as table:
        table.add_column(size)
    _fill()
    with op.batch_alter_table("material") as table:
        table.alter_column("size", server_default=None)


def _fill() -> None:
    connection = op.get_bind()
    for id_, details in connection.execute(sa.select(MATERIAL.c.id, MATERIAL.c.details)).all():
        size = int(details.get("bytes", 0))
        connection.execute(sa.update(MATERIAL).where(MATERIAL.c.id == id_).values(size=size))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("material") as table:
        table.drop_column("size")
