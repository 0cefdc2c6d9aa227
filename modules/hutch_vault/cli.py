"""``hutch vault``: make keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from hutch_vault.key import Key

app = typer.Typer(no_args_is_help=True)


@app.callback()
def vault() -> None:
    """Make keys that encrypt."""


@app.command()
def key(
    id: Annotated[
        str | None,
        typer.Option(help="The key's name, which every token shows. Default: today's date."),
    ] = None,
) -> None:
    """Print a new key for HUTCH_VAULT__KEYS, a secret: put it before those in use."""
    typer.echo(Key.generate(id or datetime.now(UTC).date().isoformat()).text())
