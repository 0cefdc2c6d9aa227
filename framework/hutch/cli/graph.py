"""``hutch graph``: what an app is made of."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from hutch.app import App
from hutch.cli.target import Target, load
from hutch.errors import HutchError

_ENDLESS = 100_000


class Format(Enum):
    """How a graph is drawn."""

    TEXT = "text"
    MERMAID = "mermaid"
    HTML = "html"


def graph(
    target: Target = None,
    format_: Annotated[
        Format, typer.Option("--format", help="A tree, a Mermaid chart, or a page for the browser.")
    ] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option(help="Write into this file instead of the terminal.")
    ] = None,
) -> None:
    """Draw an app's modules with their providers, routes, jobs and who needs whom."""
    app = load(target)
    if output is None:
        _draw(app, format_, typer.get_text_stream("stdout"))
        return
    try:
        with output.open("w", encoding="utf-8") as file:
            _draw(app, format_, file)
    except OSError as error:
        raise HutchError(f"Cannot write {output}: {error.strerror}.") from None


def _draw(app: App, format_: Format, file: TextIO) -> None:
    from rich.console import Console

    from hutch.drawing import drawing_of, html, mermaid, tree

    drawing = drawing_of(app.graph)
    match format_:
        case Format.TEXT:
            # What is no terminal has no width, so lines keep their length.
            Console(file=file, width=None if file.isatty() else _ENDLESS).print(tree(drawing))
        case Format.MERMAID:
            file.write(mermaid(drawing))
        case Format.HTML:
            file.write(html(drawing))
