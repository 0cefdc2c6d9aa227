"""Measure: interleaved runs of the same work by us and by a peer."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Work = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of several runs and their lowest and highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Sum up the values of all repetitions."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Bar:
    """What a ratio must be for a claim to hold.

    Args:
        kind: Whether the ratio may be ``at most`` or must be ``at least`` the limit.
        limit: A pure number.
    """

    kind: Literal["at most", "at least"]
    limit: float

    def holds(self, ratio: float) -> bool:
        """Compare a median ratio with the limit."""
        return ratio <= self.limit if self.kind == "at most" else ratio >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.kind == 'at most' else '≥'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: ours, the peer's, and their ratio run by run."""

    name: str
    unit: str
    ours: Figure
    peer: Figure
    peer_name: str
    ratio: Figure
    bar: str
    holds: bool

    def as_json(self) -> dict[str, object]:
        """Return what is written to the result file."""
        return asdict(self)


SECONDS = {"µs CPU": 1e-6, "ms CPU": 1e-3}


def cpu_of(work: Work, operations: int) -> float:
    """Return the CPU seconds of one operation; garbage is collected outside the clock."""
    gc.collect()
    gc.disable()
    try:
        begin = time.process_time_ns()
        work()
        return (time.process_time_ns() - begin) / operations / 1e9
    finally:
        gc.enable()


def compare(
    name: str,
    ours: Work,
    peers: Mapping[str, tuple[Work, Bar]],
    *,
    operations: int,
    repetitions: int = 9,
    unit: str = "µs CPU",
    inverse: bool = False,
) -> list[Row]:
    """Run ours and every peer in turn, and pair the figures of each turn.

    Args:
        name: What is done.
        ours: Does it ``operations`` times.
        peers: Does the same, and the bar for the ratio against it.
        operations: How often one piece of work repeats the operation.
        repetitions: How many turns; the first is warm-up and not counted.
        unit: Of the figures; one of ``SECONDS``.
        inverse: Whether the ratio is peer/ours ("times faster") instead of ours/peer.
    """
    works = {"": ours, **{peer: work for peer, (work, _) in peers.items()}}
    runs: dict[str, list[float]] = {key: [] for key in works}
    for turn in range(repetitions + 1):
        for key, work in works.items():
            cost = cpu_of(work, operations) / SECONDS[unit]
            if turn:
                runs[key].append(cost)
    return [
        paired(name, unit, runs[""], runs[peer], peer, bar, inverse=inverse)
        for peer, (_, bar) in peers.items()
    ]


def paired(
    name: str,
    unit: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    peer: str,
    bar: Bar,
    *,
    inverse: bool = False,
) -> Row:
    """Make a row of what both did, turn by turn."""
    pairs = zip(ours, theirs, strict=True)
    ratio = Figure.of([b / a if inverse else a / b for a, b in pairs])
    mine, other = Figure.of(ours), Figure.of(theirs)
    return Row(name, unit, mine, other, peer, ratio, str(bar), bar.holds(ratio.median))
