"""Which queues SAQ's web UI shows."""

from __future__ import annotations

from collections.abc import Mapping

from saq.queue import Queue

from hutch_queue import SaqQueues


class ShownQueues:
    """The app's own queues, each under its name.

    A process that runs several apps binds this to what shows the queues of all.
    """

    def __init__(self, queues: SaqQueues) -> None:
        self._queues = queues

    def all(self) -> Mapping[str, Queue]:
        """Map the name under which each queue is shown to the queue."""
        return {queue.name: queue for queue in self._queues.all()}
