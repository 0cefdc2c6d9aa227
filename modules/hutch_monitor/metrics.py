"""The app's figures as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

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
    """Write the readings by name.

    One whose name ends in ``_total`` is a counter. ``NAME_bucket`` with the label ``le``
    makes ``NAME`` a histogram, together with ``NAME_sum`` and ``NAME_count``.
    """
    found = list(readings)
    histograms = {
        reading.name.removesuffix("_bucket")
        for reading, _ in found
        if reading.name.endswith("_bucket") and "le" in dict(reading.labels)
    }
    families = [(_family(reading.name, histograms), reading, text) for reading, text in found]
    told: set[str] = set()
    for family, reading, text in sorted(families, key=lambda one: one[0]):
        if family not in told:
            told.add(family)
            yield f"# HELP {family} {_escaped(text)}"
            yield f"# TYPE {family} {_type(family, histograms)}"
        yield _line(reading)


def _family(name: str, histograms: Collection[str]) -> str:
    for suffix in ("_bucket", "_sum", "_count"):
        if name.endswith(suffix) and name.removesuffix(suffix) in histograms:
            return name.removesuffix(suffix)
    return name


def _type(family: str, histograms: Collection[str]) -> str:
    if family in histograms:
        return "histogram"
    return "counter" if family.endswith("_total") else "gauge"


def _line(reading: Reading) -> str:
    labels = ",".join(f'{label}="{_quoted(value)}"' for label, value in reading.labels)
    name = f"{reading.name}{{{labels}}}" if labels else reading.name
    return f"{name} {_number(reading.value)}"


def _number(value: float) -> str:
    return repr(value).replace("inf", "Inf").replace("nan", "NaN")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', r"\"")
