"""numbers of connections, posts and orders are given once"""

from alembic import op

revision = "7e15c0ab93d4"
down_revision = "2b9d4a6e80f1"
branch_labels = None
depends_on = None

NUMBERED = ("connection", "post_number", "distribution_schedule")


def upgrade() -> None:
    """Let SQLite count on where the highest number was deleted, as PostgreSQL does."""
    _remake(autoincrement=True)


def downgrade() -> None:
    """Let SQLite give the highest number again."""
    _remake(autoincrement=False)


def _remake(*, autoincrement: bool) -> None:
    if op.get_context().dialect.name != "sqlite":
        return
    kept = {"sqlite_autoincrement": autoincrement}
    for name in NUMBERED:
        with op.batch_alter_table(name, recreate="always", table_kwargs=kept):
            pass
