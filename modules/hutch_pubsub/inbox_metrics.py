"""Inbox metrics: what inboxes tell those who watch them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from hutch.contributions import Reading
from hutch_pubsub.errors import InboxNearlyFull
from hutch_pubsub.inbox_admin import InboxAdmin
from hutch_pubsub.inbox_spec import InboxSpec
from hutch_pubsub.port import Events
from hutch_pubsub.storage import InboxStats

HELP = {
    "hutch_events_subscribers": "Streams of events that are open in this process.",
    "hutch_events_connected": "Whether this process hears what it subscribed to.",
    "hutch_events_dropped_total": "Events that subscribers lost to full queues.",
    "hutch_events_unreadable_total": "Messages that did not fit the model of their channel.",
    "hutch_inbox_entries": "Entries of an inbox by where they are.",
    "hutch_inbox_oldest_seconds": "How long the oldest entry has been in the inbox.",
    "hutch_inbox_handled_total": "Entries of an inbox by what became of them, in this process.",
}


class InboxTally:
    """Counts what became of entries in this process."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, inbox: str, outcome: str, number: int = 1) -> None:
        """Count entries."""
        self._counts[inbox, outcome] += number

    def readings(self) -> list[Reading]:
        """Read the counters."""
        return [
            Reading("hutch_inbox_handled_total", count, (("inbox", inbox), ("outcome", outcome)))
            for (inbox, outcome), count in sorted(self._counts.items())
        ]


async def read_events(events: Events) -> Iterable[Reading]:
    """Read the figures of the events."""
    stats = events.stats()
    return (
        Reading("hutch_events_subscribers", stats.subscribers),
        Reading("hutch_events_connected", float(stats.connected)),
        Reading("hutch_events_dropped_total", stats.dropped),
        Reading("hutch_events_unreadable_total", stats.unreadable),
    )


async def read_inboxes(admin: InboxAdmin, tally: InboxTally) -> Iterable[Reading]:
    """Read the figures of all inboxes."""
    readings = tally.readings()
    for spec in admin.specs():
        stats = await admin.stats(spec.name)
        label = ("inbox", spec.name)
        readings += [
            Reading("hutch_inbox_entries", count, (label, ("place", place)))
            for place, count in _places(stats)
        ]
        readings.append(Reading("hutch_inbox_oldest_seconds", stats.oldest, (label,)))
    return readings


async def probe_inboxes(admin: InboxAdmin) -> str:
    """Tell how many entries wait.

    Raises:
        InboxNearlyFull: One is at 80 % of its length.
        InboxUnavailable: The store does not answer.
    """
    said: list[str] = []
    for spec in admin.specs():
        stats = await admin.stats(spec.name)
        if spec.alarm_at is not None and stats.length >= spec.alarm_at:
            raise InboxNearlyFull(_alarm(spec, stats))
        said.append(f"{spec.name}: {stats.length}, dead {stats.dead}, review {stats.review}")
    return "; ".join(said)


def _places(stats: InboxStats) -> Iterable[tuple[str, int]]:
    yield "waiting", stats.length - stats.delivered
    yield "delivered", stats.delivered
    yield "dead", stats.dead
    yield "review", stats.review


def _alarm(spec: InboxSpec[Any], stats: InboxStats) -> str:
    return (
        f"{spec.name} has {stats.length} of {spec.max_length} entries; beyond that the oldest go "
        "to review. Do consumers run, and do they keep up?"
    )
