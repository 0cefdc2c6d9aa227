"""What the demo shows: a live table in a terminal, plain lines in a pipe."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from demo.plays import Play
from demo.stack import Stack
from demo.verdict import Finding

REFRESH = 0.1


def addresses(console: Console, stack: Stack, apps: Sequence[str]) -> None:
    """Say where to look."""
    for what, url in (
        ("Start page", f"{stack.url}/"),
        *((app, f"{stack.url}/{app}/") for app in apps),
        ("Queues (SAQ)", f"{stack.url}/monitor/saq/"),
        ("Health", f"{stack.url}/monitor/health"),
        ("Sandbox", stack.sandbox),
        ("Operator token", stack.token),
    ):
        console.print(f"{what:<15} {url}", soft_wrap=True)
    console.print()


async def progress(console: Console, plays: Sequence[Play]) -> None:
    """Show how far the plays are, until this is cancelled."""
    if console.is_terminal:
        await _live(console, plays)
    else:
        await _lines(console, plays)


async def _live(console: Console, plays: Sequence[Play]) -> None:
    with Live(table(plays), console=console, auto_refresh=False) as live:
        while True:
            live.update(table(plays), refresh=True)
            await asyncio.sleep(REFRESH)


async def _lines(console: Console, plays: Sequence[Play]) -> None:
    shown: dict[str, int] = {}
    while True:
        for play in plays:
            found = play.progress()
            tenths = 10 * found.done // max(found.total, 1)
            if shown.get(play.app) != tenths:
                shown[play.app] = tenths
                console.print(f"{play.app:<12} {found.done}/{found.total}  {found.detail}")
        await asyncio.sleep(REFRESH)


def table(plays: Sequence[Play]) -> Table:
    """Lay the plays out, one row each."""
    found = Table(title="What the apps do", title_justify="left", min_width=70)
    for column in ("app", "", "done", "what"):
        found.add_column(column, justify="right" if column == "done" else "left")
    for play in plays:
        at = play.progress()
        bar = ProgressBar(total=max(at.total, 1), completed=at.done, width=20)
        found.add_row(play.app, bar, f"{at.done}/{at.total}", at.detail)
    return found


def summary(console: Console, findings: Mapping[str, Sequence[Finding]], seconds: float) -> None:
    """Say what was checked and whether it holds."""
    found = Table(title=f"after {seconds:.1f} s", title_justify="left")
    for column in ("app", "checked", "expected", "found", ""):
        found.add_column(column, justify="right" if column in ("expected", "found") else "left")
    for app, checked in findings.items():
        for finding in checked:
            ok = Text("ok", style="green") if finding.holds else Text("WRONG", style="bold red")
            found.add_row(app, finding.what, str(finding.expected), str(finding.found), ok)
        found.add_section()
    console.print(found)
    for app, checked in findings.items():
        for finding in checked:
            if not finding.holds:
                console.print(_wrong(app, finding), markup=False)


def _wrong(app: str, finding: Finding) -> str:
    more = f": {finding.missing}" if finding.missing else ""
    return f"Wrong: {app}: {finding.what}: {finding.found} instead of {finding.expected}{more}"
