"""Resting: what a consumer gave up, and the store still notes under its name."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from hutch_pubsub.storage import Done, Entry

MOST = 10_000
"""How many are remembered, the latest: others may have taken the rest meanwhile."""


class Resting:
    """Tells entries that wait to be delivered again from those that a lost reply gave."""

    def __init__(self) -> None:
        self._deliveries: dict[str, int] = {}

    def put(self, id: str, deliveries: int) -> None:
        """Remember an entry that was given up; with how many deliveries it waits."""
        self._deliveries.pop(id, None)
        self._deliveries[id] = deliveries
        if len(self._deliveries) > MOST:
            del self._deliveries[next(iter(self._deliveries))]

    def take(self, entries: Iterable[Entry]) -> None:
        """Forget entries that were delivered again."""
        for entry in entries:
            self._deliveries.pop(entry.id, None)

    def hand_back(self, held: Mapping[str, int], known: Container[str]) -> list[Done]:
        """Give up what was delivered, by number, and is not known; not what waits already."""
        ends = list[Done]()
        for id, deliveries in held.items():
            if id not in known and self._deliveries.get(id) != deliveries:
                self.put(id, deliveries - 1)
                ends.append(Done(id, "back", deliveries=deliveries))
        return ends
