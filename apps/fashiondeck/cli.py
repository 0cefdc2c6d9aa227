"""``hutch fashiondeck test-redis``: the checks of ``hutch fashiondeck redis test``."""

from __future__ import annotations

import typer

from hutch_redis.cli import test

app = typer.Typer()
app.callback(invoke_without_command=True)(test)
