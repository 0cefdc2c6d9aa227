"""Writes packages with migrations, as apps have them."""

from dataclasses import dataclass
from pathlib import Path

from hutch.contributions import Migrations

_REVISION = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}


def upgrade():
    {body}
"""


@dataclass(frozen=True)
class Package:
    """A package below a folder that is on the path."""

    root: Path
    name: str

    @property
    def folder(self) -> Path:
        return self.root / self.name / "migrations"

    @property
    def migrations(self) -> Migrations:
        return Migrations(self.name, f"{self.name}:migrations")

    def create(self) -> "Package":
        self.folder.mkdir(parents=True)
        (self.root / self.name / "__init__.py").touch()
        return self

    def add(
        self,
        revision: str,
        body: str = "pass",
        down: str | None = None,
        depends: str | None = None,
        labels: tuple[str, ...] | None = None,
    ) -> None:
        if down is None and labels is None:
            labels = (self.name,)
        text = _REVISION.format(
            revision=revision, body=body, down=down, depends=depends, labels=labels or None
        )
        (self.folder / f"{revision}.py").write_text(text)


def table(name: str) -> str:
    """Write the operation that makes a table."""
    return f'op.create_table({name!r}, sa.Column("id", sa.Integer, primary_key=True))'
