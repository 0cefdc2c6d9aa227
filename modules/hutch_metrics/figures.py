"""Figures: the values of instruments in this process."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from threading import Lock

from hutch.contributions import Reading
from hutch_metrics.errors import InvalidInstrument
from hutch_metrics.instruments import Counter, Gauge, Histogram, Instrument

MOST_SERIES = 10_000

_Series = tuple[Instrument, tuple[str, ...]]


class Figures:
    """Holds one value, or the buckets of a histogram, for each series.

    Jobs may run in threads, so each change is made under a lock.
    """

    def __init__(self) -> None:
        self._values: dict[_Series, float] = {}
        self._spreads: dict[_Series, list[float]] = {}
        self._lock = Lock()
        self.dropped = 0

    def add(self, counter: Counter, by: float, labels: Mapping[str, str]) -> None:
        """Let a counter rise.

        Raises:
            InvalidInstrument: The labels are not its own, or it would fall.
        """
        series = _series(counter, labels)
        if not 0 <= by < math.inf:
            raise InvalidInstrument(f"counter {counter.name!r}: it cannot rise by {by:g}.")
        with self._lock:
            if self._has_room(self._values, series):
                self._values[series] = self._values.get(series, 0.0) + by

    def set(self, gauge: Gauge, value: float, labels: Mapping[str, str]) -> None:
        """Set a gauge.

        Raises:
            InvalidInstrument: The labels are not its own.
        """
        series = _series(gauge, labels)
        with self._lock:
            if self._has_room(self._values, series):
                self._values[series] = value

    def observe(self, histogram: Histogram, value: float, labels: Mapping[str, str]) -> None:
        """Put a value into its bucket.

        Raises:
            InvalidInstrument: The labels are not its own, or the value is no number.
        """
        series = _series(histogram, labels)
        if math.isnan(value):
            raise InvalidInstrument(f"histogram {histogram.name!r}: NaN is in no bucket.")
        with self._lock:
            if self._has_room(self._spreads, series):
                # counts of each bucket and of what is above, then the sum
                spread = self._spreads.setdefault(series, [0.0] * (len(histogram.buckets) + 2))
                spread[bisect_left(histogram.buckets, value)] += 1
                spread[-1] += value

    def readings(self) -> Iterable[Reading]:
        """Return all values."""
        with self._lock:
            values = list(self._values.items())
            spreads = [(series, list(spread)) for series, spread in self._spreads.items()]
        found = [
            Reading(instrument.name, value, _pairs(instrument, labels))
            for (instrument, labels), value in values
        ]
        for (instrument, labels), spread in spreads:
            assert isinstance(instrument, Histogram)
            found += _spread(instrument, _pairs(instrument, labels), spread)
        return found

    def _has_room(self, kept: Mapping[_Series, object], series: _Series) -> bool:
        if series in kept or len(self._values) + len(self._spreads) < MOST_SERIES:
            return True
        self.dropped += 1
        return False


def _series(instrument: Instrument, labels: Mapping[str, str]) -> _Series:
    if set(labels) != set(instrument.labels):
        given, wanted = (", ".join(names) or "none" for names in (labels, instrument.labels))
        raise InvalidInstrument(
            f"{instrument.name!r} has the labels {wanted}, but {given} were given."
        )
    return instrument, tuple(str(labels[name]) for name in instrument.labels)


def _pairs(instrument: Instrument, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(zip(instrument.labels, values, strict=True))


def _spread(
    histogram: Histogram, labels: tuple[tuple[str, str], ...], spread: list[float]
) -> Iterator[Reading]:
    total = 0.0
    for bound, count in zip((*histogram.buckets, math.inf), spread[:-1], strict=True):
        total += count
        text = "+Inf" if bound == math.inf else f"{bound:g}"
        yield Reading(f"{histogram.name}_bucket", total, (*labels, ("le", text)))
    yield Reading(f"{histogram.name}_sum", spread[-1], labels)
    yield Reading(f"{histogram.name}_count", total, labels)
