"""Run a benchmark by name: ``./dev bench core``."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.benchmarks.measure import Figure, Row

NAMES = ("core", "modules", "queue")


def main() -> int:
    """Measure, print a table, write the rows; 1 when a bar does not hold."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--only", default="", help="a part of it, e.g. bulk, cache, post")
    order = parser.parse_args()
    name: str = order.name
    rows: list[Row] = importlib.import_module(f"tests.benchmarks.{name}").run(order.only)
    target = Path(".data/bench") / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps([row.as_json() for row in rows], indent=2))
    Console(width=None if sys.stdout.isatty() else 140).print(table(name, rows))
    print(f"Python {platform.python_version()}; rows written to {target}")
    return 0 if all(row.holds for row in rows) else 1


def table(name: str, rows: list[Row]) -> Table:
    """Lay the rows out, median first and the spread beside it."""
    table = Table(title=f"bench {name}: medians, lowest–highest of all repetitions")
    for column in ("what", "unit", "ours", "peer", "", "ratio", "bar", "holds"):
        table.add_column(column, justify="left" if column in ("what", "peer") else "right")
    for row in rows:
        verdict = "[green]yes[/]" if row.holds else "[red]no[/]"
        cells = (shown(row.ours), row.peer_name, shown(row.peer), shown(row.ratio))
        table.add_row(row.name, row.unit, *cells, row.bar, verdict)
    return table


def shown(figure: Figure) -> str:
    """Write a figure with its spread."""
    return f"{figure.median:.2f} ({figure.low:.2f}–{figure.high:.2f})"


if __name__ == "__main__":
    sys.exit(main())
