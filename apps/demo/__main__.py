"""``./dev demo``: run the apps for real, on this machine alone."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from demo.folder import DemoFolder
from demo.processes import DemoError
from demo.run import Order, run
from hutch.errors import HutchError
from hutch.logs import configure_logging
from hutch.settings import LogSettings


def main(
    once: Annotated[
        bool, typer.Option("--once", help="Check the outcome, print a summary and exit.")
    ] = False,
    posts: Annotated[int, typer.Option(min=1, max=500, help="How many posts to publish.")] = 20,
    port: Annotated[
        int | None, typer.Option(help="Where the app listens; 8000, or a free one with --once.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Where database, queue and logs lie.")] = Path(
        ".data/demo"
    ),
    seconds: Annotated[int, typer.Option(min=5, help="How long publishing may take.")] = 60,
    memory: Annotated[
        bool, typer.Option("--memory", help="Keep everything but the database in memory.")
    ] = False,
) -> None:
    """Start Valkey, a sandbox of X and rabbit24, publish posts, and show them moving."""
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    configure_logging(LogSettings.model_validate({"level": "warning"}))
    if port is None:
        port = 0 if once else 8000
    try:
        with DemoFolder(data) as folder:
            order = Order(once=once, posts=posts, port=port, seconds=seconds, memory=memory)
            complete = asyncio.run(run(order, folder, console))
    except KeyboardInterrupt:
        console.print("Stopped.")
        raise typer.Exit(130 if once else 0) from None
    except (DemoError, HutchError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(error), markup=False)
        raise typer.Exit(1) from None
    raise typer.Exit(0 if complete else 1)


if __name__ == "__main__":
    typer.run(main)
