"""``hutch run``: serve an app or run its jobs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hutch.cli.reload import Reloader
from hutch.cli.target import Target, load
from hutch.roles import Role


def run(
    target: Target = None,
    role: Annotated[
        Role | None, typer.Option(help="Which half of the app runs here. Default: HUTCH_ROLE.")
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Where to listen. Default: HUTCH_HTTP__HOST.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="0 takes a free one. Default: HUTCH_HTTP__PORT."),
    ] = None,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again when the code changes; for development.")
    ] = False,
) -> None:
    """Run an app until Ctrl-C or SIGTERM: it finishes its work, then stops."""
    import asyncio

    import uvloop

    from hutch.serve import serve

    if reload:
        raise typer.Exit(Reloader(_without_reload()).run())
    app = load(target)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(app, role, host=host, port=port))


def _without_reload() -> list[str]:
    return [sys.executable, "-m", "hutch", *(word for word in sys.argv[1:] if word != "--reload")]
