"""``./dev demo``: run the apps for real, on this machine alone."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from demo.folder import DemoFolder
from demo.plays import PLAYS
from demo.processes import DemoError
from demo.run import Order, run
from hutch.errors import HutchError
from hutch.logs import configure_logging
from hutch.settings import LogSettings


def main(
    apps: Annotated[
        list[str] | None,
        typer.Argument(metavar="[APP]...", help=f"Which of {', '.join(PLAYS)}; else all."),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Check the outcome, print a summary and exit.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(help="Where the apps listen; 8000, or a free one with --once.")
    ] = None,
    data: Annotated[Path, typer.Option(help="Where databases, queues and logs lie.")] = Path(
        ".data/demo"
    ),
    seconds: Annotated[int, typer.Option(min=5, help="How long the apps may take.")] = 120,
    memory: Annotated[
        bool, typer.Option("--memory", help="Keep everything but the databases in memory.")
    ] = False,
) -> None:
    """Start Valkey, the sandbox and the apps, use them as people would, and check them."""
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    configure_logging(LogSettings.model_validate({"level": "warning"}))
    if port is None:
        port = 0 if once else 8000
    try:
        order = Order(_known(apps), once, port, seconds, memory)
        with DemoFolder(data) as folder:
            complete = asyncio.run(run(order, folder, console))
    except KeyboardInterrupt:
        console.print("Stopped.")
        raise typer.Exit(130 if once else 0) from None
    except (DemoError, HutchError) as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(str(error), markup=False)
        raise typer.Exit(1) from None
    raise typer.Exit(0 if complete else 1)


def _known(apps: list[str] | None) -> tuple[str, ...]:
    """Return the apps that were asked for.

    Raises:
        DemoError: There is none of a name.
    """
    for app in apps or ():
        if app not in PLAYS:
            raise DemoError(f"There is no app {app!r}; choose from {', '.join(PLAYS)}.")
    return tuple(dict.fromkeys(apps or PLAYS))


if __name__ == "__main__":
    typer.run(main)
