"""Tables: drawn in a terminal, lines of tab-separated values in a pipe."""

from __future__ import annotations

from collections.abc import Sequence


def show_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] | None = None
) -> None:
    """Print a table.

    Args:
        columns: The heading of each column.
        rows: The cells; a line break in one becomes a space in a pipe.
        styles: A rich style for each row, in a terminal.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        for row in (columns, *rows):
            print(*(" ".join(cell.split()) for cell in row), sep="\t")  # noqa: T201
        return
    table = Table(*columns, box=box.SIMPLE_HEAD)
    for row, style in zip(rows, styles or [""] * len(rows), strict=True):
        table.add_row(*map(Text, row), style=style)
    console.print(table)
