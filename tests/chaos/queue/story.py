"""Story: all that was written down of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.queue.conductor import Fault, read_faults
from tests.chaos.queue.journal import Run, read_runs
from tests.chaos.queue.producer import acknowledged_in
from tests.chaos.queue.snapshot import snapshot_in


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A job that the producer was told is stored."""

    number: int
    kind: str
    id: str
    at: float


@dataclass(frozen=True, slots=True)
class Story:
    """What each process wrote, and what the store held at the end.

    Attributes:
        asked: The numbers that the producer asked for, whatever the answer was.
        store: What the snapshot wrote.
    """

    acknowledged: Sequence[Acknowledged]
    asked: set[int]
    runs: Sequence[Run]
    faults: Sequence[Fault]
    store: Mapping[str, Any]


def read_story(folder: Path) -> Story:
    """Read a run's files."""
    return Story(
        [
            Acknowledged(int(number), kind, id, float(at))
            for number, kind, id, at in _lines(folder, "acknowledged")
        ],
        {int(number) for number, _ in _lines(folder, "asked")},
        read_runs(folder),
        read_faults(folder),
        json.loads(snapshot_in(folder).read_text()),
    )


def _lines(folder: Path, word: str) -> Iterator[list[str]]:
    for line in acknowledged_in(folder).read_text().splitlines():
        first, *rest = line.split(" ")
        if first == word:
            yield rest
