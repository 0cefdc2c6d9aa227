"""Slots: how many jobs a consumer may ask for."""

from __future__ import annotations

from hutch_queue.storage.store import MOST
from hutch_queue.worker.load import Load
from hutch_queue.worker.work import Desk

LANES = 2
"""Turns under way at once, so that neither the worker nor the server waits for the other."""
FEW = 8
"""Slots below which one turn at a time is cheaper: two would be for a job or two each."""


class Slots:
    """The room for jobs of one queue.

    Attributes:
        lanes: How many turns are under way at once.
        asked: How many jobs the turns under way ask for.
        flowing: Whether the last turn got all it asked for, so that more are likely to wait.
    """

    def __init__(self, desk: Desk, load: Load) -> None:
        self._concurrency = desk.concurrency
        self._size = desk.size
        self._load = load
        self._most = MOST // (desk.size or 1) * (desk.size or 1)
        # Two lanes would halve the chunks.
        self.lanes = 1 if desk.size or desk.concurrency < FEW else LANES
        self._share = MOST if desk.size else desk.concurrency // self.lanes
        self.asked = 0
        self.flowing = False

    @property
    def free(self) -> int:
        """How many jobs to ask for: as long as others answer, half of the slots at once."""
        if self.asked and not self.flowing:
            return 0
        free = self._room - self.asked
        return min(self._most, free, self._share if self.flowing else free)

    @property
    def _room(self) -> int:
        """How many more jobs there is room for, those included that were asked for."""
        if self._size is None:
            return self._concurrency - len(self._load.running)
        return (self._concurrency - len(self._load.chunks)) * self._size

    @property
    def soon(self) -> bool:
        """Whether all were taken at the last turn and few have ended: more will in a moment."""
        ended = len(self._load.ended)
        full = len(self._load.running) + ended >= self._concurrency
        return full and ended < self._concurrency // 8
