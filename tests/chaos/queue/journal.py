"""Journal: what producers, jobs and the conductor write down, one line at a time.

Every process appends to files of its own, each line with one ``write``: what a killed
process has written stays. Times are of the system's monotonic clock, which all of its
processes share.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hutch import Settings
from hutch_queue import JobContext, Snooze


class ChaosSettings(Settings, section="chaos"):
    """Where the journals lie."""

    folder: Path


class Lines:
    """A file that is only appended to."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, *words: object) -> None:
        """Append a line of words and the time."""
        text = " ".join(map(str, (*words, f"{time.monotonic():.6f}")))
        os.write(self._descriptor, f"{text}\n".encode())


class Planned(Exception):
    """A job fails because the plan says so."""


class Journal:
    """Where the jobs of one process write what happens to them."""

    def __init__(self, settings: ChaosSettings) -> None:
        self._lines = Lines(journal_of(settings.folder, os.getpid()))

    @contextmanager
    def run(self, job: JobContext, number: int) -> Iterator[None]:
        """Write a run's begin and its end."""
        self._lines.write("begin", job.id, number, job.fence)
        end = "broken"
        try:
            yield
            end = "done"
        except Planned:
            end = "failed"
            raise
        except Snooze:
            end = "snoozed"
            raise
        except asyncio.CancelledError:
            end = "cancelled"
            raise
        finally:
            self._lines.write(end, job.id, number, job.fence)


def journal_of(folder: Path, pid: int) -> Path:
    """Name the file of a process; it is there once the process runs jobs."""
    return folder / f"journal-{pid}"


@dataclass(slots=True)
class Run:
    """One run of a job as its worker saw it.

    Attributes:
        end: What the last line says; empty where the process was killed before.
        ended: When; None where it was killed before.
    """

    id: str
    number: int
    fence: int
    pid: int
    began: float
    end: str = ""
    ended: float | None = field(default=None)


def read_runs(folder: Path) -> list[Run]:
    """Read all journals."""
    runs: list[Run] = []
    for path in folder.glob("journal-*"):
        open_runs: dict[tuple[str, int], Run] = {}
        pid = int(path.name.removeprefix("journal-"))
        for line in path.read_text().splitlines():
            event, id, number, fence, at = line.split(" ")
            if event == "begin":
                run = Run(id, int(number), int(fence), pid, float(at))
                open_runs[id, run.fence] = run
                runs.append(run)
            else:
                run = open_runs.pop((id, int(fence)))
                run.end, run.ended = event, float(at)
    return runs
