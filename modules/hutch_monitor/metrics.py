"""The app's figures as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from starlette.requests import Request
from starlette.responses import Response

from hutch.contributions import Reading
from hutch.discovery import Discovery

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class MetricsText:
    """Serves the figures of all modules as text.

    Source of the format: Prometheus, text-based format 0.0.4,
    https://prometheus.io/docs/instrumenting/exposition_formats/.
    """

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery

    async def show(self, _: Request) -> Response:
        """Answer with the figures of this moment; what cannot be read is an error, no gap."""
        lines = metric_lines(await self._discovery.metrics())
        return Response("\n".join(lines) + "\n", headers={"content-type": CONTENT_TYPE})


def metric_lines(readings: Iterable[tuple[Reading, str]]) -> Iterator[str]:
    """Write the readings by name; one whose name ends in ``_total`` is a counter."""
    told: set[str] = set()
    for reading, text in sorted(readings, key=lambda pair: pair[0].name):
        name = reading.name
        if name not in told:
            told.add(name)
            yield f"# HELP {name} {_escaped(text)}"
            yield f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}"
        labels = ",".join(f'{label}="{_quoted(value)}"' for label, value in reading.labels)
        yield (
            f"{name}{{{labels}}} {_number(reading.value)}"
            if labels
            else (f"{name} {_number(reading.value)}")
        )


def _number(value: float) -> str:
    return repr(value).replace("inf", "Inf").replace("nan", "NaN")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', r"\"")
