"""Boxes: inboxes as the memory backend keeps them, and the steps that change them."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hutch_pubsub.entry_codec import OURS
from hutch_pubsub.inbox_spec import InboxSpec, milliseconds
from hutch_pubsub.storage import Done, Entry, Shelf
from hutch_pubsub.sweeper import Sweeper

Number = tuple[int, int]
Fields = dict[str, str]


@dataclass(slots=True)
class Held:
    """Who has an entry.

    Attributes:
        since: The last sign of life, epoch ms.
        deliveries: 0 for one that waits for its turn.
    """

    consumer: str
    since: int
    deliveries: int


@dataclass(slots=True)
class Box:
    """One inbox.

    Attributes:
        unread: Entries that nobody had yet, the oldest first.
        order: The entries of a value that are read and not settled.
        seen: Which entry a value came with, and until when that is remembered.
    """

    clock: Callable[[], int]
    shelves: dict[Shelf, dict[Number, Fields]] = field(repr=False)
    last: Number = (0, 0)
    unread: dict[Number, None] = field(default_factory=dict[Number, None])
    held: dict[Number, Held] = field(default_factory=dict[Number, Held])
    order: dict[str, list[Number]] = field(default_factory=lambda: defaultdict(list), repr=False)
    seen: dict[str, tuple[Number, int]] = field(
        default_factory=dict[str, tuple[Number, int]], repr=False
    )
    added: asyncio.Event = field(default_factory=asyncio.Event)
    sweeper: Sweeper = field(default_factory=Sweeper)

    @property
    def entries(self) -> dict[Number, Fields]:
        """What is in the inbox itself."""
        return self.shelves["waiting"]

    def next_number(self) -> Number:
        """Draw the number of an entry; it rises whatever the clock does."""
        now = self.clock()
        self.last = (now, 0) if now > self.last[0] else (self.last[0], self.last[1] + 1)
        return self.last

    def add(self, fields: Mapping[str, str]) -> Number:
        """Add an entry."""
        number = self.next_number()
        self.entries[number] = dict(fields)
        self.unread[number] = None
        self.added.set()
        return number


class Step:
    """One step of a consumer in a box; says what the scripts of the Redis backend say."""

    def __init__(
        self, box: Box, spec: InboxSpec[Any], consumer: str, lease: int, *, stopping: bool = False
    ) -> None:
        self._box = box
        self._spec = spec
        self._consumer = consumer
        self._lease = lease
        self._stopping = stopping
        self._now = box.clock()
        self._handed: set[Number] = set()
        self._freed: dict[str, None] = {}
        self.out: list[Entry] = []
        self.moved: Counter[str] = Counter()

    def settle(self, done: Done) -> None:
        """Do what one end of a handling asks for."""
        number = number_of(done.id)
        held = self._box.held.get(number)
        if done.kind != "ack" and (held is None or self._other(held, done)):
            return
        if held is not None and done.kind in ("later", "back"):
            wait = milliseconds(self._spec.retry_after) if done.kind == "later" else 0
            held.since = self._now - self._lease + wait
            held.deliveries -= done.kind == "back"
            return
        if done.kind == "dead":
            self._shelve("dead", number, done.reason)
        self._remove(number, done.key)
        self._freed[done.key] = None

    def _other(self, held: Held, done: Done) -> bool:
        return held.consumer != self._consumer or held.deliveries != done.deliveries

    def follow(self) -> None:
        """Take what comes next in the orders that were settled."""
        for key in self._freed:
            self._promote(key)

    def read(self, want: int) -> None:
        """Take new entries."""
        for number in list(self._box.unread)[: max(want, 0)]:
            del self._box.unread[number]
            self._box.held[number] = Held(self._consumer, self._now, 0)
            key = self._key(number)
            if key:
                insort(self._box.order[key], number)
                self._promote(key)
            else:
                self._hand(number, "")

    def tend(self, want: int) -> None:
        """Take entries whose lease has run out."""
        for number, held in sorted(self._box.held.items()):
            if len(self.out) >= want:
                return
            if self._now - held.since < self._lease or number not in self._box.held:
                continue
            if key := self._key(number):
                self._promote(key)
            else:
                self._hand(number, "")

    def overflow(self) -> None:
        """Put the oldest entries that nobody has aside where there are too many."""
        most = self._spec.max_length
        over = 0 if most is None else len(self._box.entries) - most
        for number in list(self._box.unread)[: max(over, 0)]:
            self._shelve("review", number, "inbox full")
            self._remove(number, "")
            self.moved["inbox full"] += 1

    def _promote(self, key: str) -> None:
        """Hand out the first of a value's entries, where nobody has it."""
        while (line := self._box.order.get(key)) and (held := self._box.held[line[0]]):
            fresh = held.deliveries and self._now - held.since < self._lease
            if fresh or line[0] in self._handed:
                return
            if self._stopping:
                held.since = self._now - self._lease
                return
            if self._hand(line[0], key):
                return

    def _hand(self, number: Number, key: str) -> bool:
        """Hand an entry to the consumer; False where it is put aside instead."""
        held, fields = self._box.held[number], self._box.entries[number]
        reason = self._aside(number, held, fields)
        if reason is None:
            held.consumer, held.since = self._consumer, self._now
            held.deliveries += 1
            self._handed.add(number)
            self.out.append(Entry(text_of(number), dict(fields), held.deliveries))
            return True
        self.moved[reason] += 1
        if reason == "too old":
            self._shelve("review", number, reason)
        elif reason == "delivered too often":
            self._shelve("dead", number, f"delivered {held.deliveries} times, never settled")
        self._remove(number, key)
        return False

    def _aside(self, number: Number, held: Held, fields: Fields) -> str | None:
        if held.deliveries >= self._spec.attempts:
            return "delivered too often"
        age = milliseconds(self._spec.max_age)
        if age and self._now - number[0] > age:
            return "too old"
        once = fields.get(self._spec.once_field, "")
        if once:
            first, until = self._box.seen.get(once, (number, 0))
            if first != number and until > self._now:
                return "duplicate"
            self._box.sweeper.sweep(self._box.seen, lambda seen: seen[1] <= self._now)
            self._box.seen[once] = (number, self._now + milliseconds(self._spec.once_for))
        return None

    def _key(self, number: Number) -> str:
        return self._box.entries[number].get(self._spec.order_field, "")

    def _shelve(self, shelf: Shelf, number: Number, reason: str) -> None:
        fields = self._box.entries[number]
        ours = {f"{OURS}id": text_of(number), f"{OURS}reason": reason}
        self._box.shelves[shelf][self._box.next_number()] = fields | ours

    def _remove(self, number: Number, key: str) -> None:
        self._box.entries.pop(number, None)
        self._box.unread.pop(number, None)
        self._box.held.pop(number, None)
        line = self._box.order.get(key, [])
        if number in line:
            line.remove(number)
        if not line:
            self._box.order.pop(key, None)


def number_of(id: str) -> Number:
    """Read an entry's number."""
    ms, _, number = id.partition("-")
    return int(ms), int(number)


def text_of(number: Number) -> str:
    """Write an entry's number."""
    return f"{number[0]}-{number[1]}"
