"""``python -m kit.sandbox``: serve the sandbox until Ctrl-C."""

from __future__ import annotations

from typing import Annotated

import typer
import uvicorn

from kit.sandbox.server import config, listen
from kit.sandbox.state import SandboxState


def main(
    port: Annotated[int, typer.Option(help="0 takes a free port.")] = 8700,
    host: Annotated[str, typer.Option(help="Anybody who reaches it may use it.")] = "127.0.0.1",
) -> None:
    """Play the platforms' APIs, for apps that must not reach the real ones."""
    listener = listen(host, port)
    typer.echo(f"sandbox: http://{host}:{listener.getsockname()[1]}")
    uvicorn.Server(config(SandboxState())).run([listener])


if __name__ == "__main__":
    typer.run(main)
