"""``hutch run``: serve an app or run its jobs."""

from __future__ import annotations

from typing import Annotated

import typer

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
) -> None:
    """Run an app until Ctrl-C or SIGTERM: it finishes its work, then stops."""
    import asyncio

    import uvloop

    from hutch.serve import serve

    app = load(target)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(app, role, host=host, port=port))
