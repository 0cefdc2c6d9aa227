"""``hutch metrics``: show what was counted by day and hour."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from hutch.cli.table import show_table
from hutch.cli.target import load
from hutch.logs import configure_logging
from hutch.settings import LogSettings
from hutch_metrics.errors import MetricsError
from hutch_metrics.in_memory import MemoryStats
from hutch_metrics.module import metrics_module
from hutch_metrics.periods import HOUR, day_name, hour_name
from hutch_metrics.port import Metrics
from hutch_metrics.stats import Stats

Last = Annotated[int, typer.Option(min=1, help="How many, the present one included.")]
Counts = Mapping[str, Mapping[str, int]]

app = typer.Typer(no_args_is_help=True)


@app.command()
def days(last: Last = 7) -> None:
    """Show the counts of the last days of UTC."""
    today = datetime.now(UTC).date()

    async def read(metrics: Metrics) -> Counts:
        found = await metrics.days(_before(today, last), today)
        return {day_name(day): counts for day, counts in found.items()}

    _show(_with_metrics(read))


@app.command()
def hours(last: Last = 24) -> None:
    """Show the counts of the last hours of UTC."""
    now = datetime.now(UTC)

    async def read(metrics: Metrics) -> Counts:
        found = await metrics.hours(now - (last - 1) * HOUR, now)
        return {hour_name(hour): counts for hour, counts in found.items()}

    _show(_with_metrics(read))


def _before(today: date, last: int) -> date:
    return today - timedelta(days=last - 1)


def _show(found: Counts) -> None:
    rows = [
        (period, name, str(count))
        for period, counts in found.items()
        for name, count in sorted(counts.items())
    ]
    show_table(("when", "what", "count"), rows)


def _with_metrics(read: Callable[[Metrics], Awaitable[Counts]]) -> Counts:
    """Open what belongs to the metrics of the app that is meant, and nothing else of it."""
    application, module = load(), metrics_module()
    # What the commands say stands on its own, and errors are their messages.
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))

    async def open_and_read() -> Counts:
        async with application.opened(Metrics, Stats, module=module) as running:
            if isinstance(running.get(Stats, module), MemoryStats):
                raise MetricsError(
                    "the metrics' backend is memory, which only the app's own process sees: "
                    "set HUTCH_METRICS__BACKEND=redis."
                )
            return await read(running.get(Metrics, module))

    return asyncio.run(open_and_read())
