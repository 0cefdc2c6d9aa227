"""The contract of every store of inboxes, as tests that a backend's own suite inherits.

``class TestMine(InboxContract)`` with a fixture ``store``: an empty ``InboxStore``. A lease of
0 ms has run out at once, so no test waits. Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from hutch_pubsub.inbox_spec import InboxSpec
from hutch_pubsub.storage import Done, Entry, InboxStats, InboxStore, Kind

LONG = 60_000
"""A lease that does not run out here, in ms."""


class Chat(BaseModel):
    """A message."""

    id: str
    contact: str = ""


PLAIN = InboxSpec("contract:plain", Chat, attempts=2, retry_after=timedelta(minutes=1))
ORDERED = InboxSpec("contract:ordered", Chat, order_by="contact", attempts=3)
ONCE = InboxSpec("contract:once", Chat, once_by="id", order_by="contact")
SHORT = InboxSpec("contract:short", Chat, max_length=3)
FRESH = InboxSpec("contract:fresh", Chat, max_age=timedelta(milliseconds=20), order_by="contact")


async def fill(store: InboxStore, spec: InboxSpec[Any], *texts: str) -> list[str]:
    """Add entries ``id/contact``."""
    names = ["id", "contact"]
    entries = [dict(zip(names, text.split("/"), strict=False)) for text in texts]
    await store.open(spec)
    return (await store.add(spec, entries)).ids


async def take(
    store: InboxStore, spec: InboxSpec[Any], consumer: str = "a", *done: Done, want: int = 10
) -> list[Entry]:
    """Take new entries, after settling some."""
    return (await store.turn(spec, consumer, done, want, LONG)).entries


async def rescue(
    store: InboxStore, spec: InboxSpec[Any], consumer: str = "b", *, lease: int = 0, want: int = 10
) -> list[Entry]:
    """Take entries that were left behind."""
    return (await store.tend(spec, consumer, "-", want, lease)).entries


def ids(entries: list[Entry]) -> list[str]:
    """List what the tests call the entries."""
    return [entry.fields["id"] for entry in entries]


def done(entry: Entry, kind: Kind = "ack", reason: str = "") -> Done:
    """End an entry."""
    return Done(entry.id, kind, entry.fields.get("contact", ""), reason, entry.deliveries)


async def settle(
    store: InboxStore, spec: InboxSpec[Any], consumer: str, *ends: Done, want: int = 0
) -> list[Entry]:
    """Settle entries; return what follows."""
    return (await store.turn(spec, consumer, ends, want, LONG)).entries


async def shelf(store: InboxStore, spec: InboxSpec[Any], name: Any) -> list[tuple[str, str]]:
    """List what is on a shelf, and why."""
    found = await store.page(spec, name, "0-0", 100)
    return [(entry.fields["id"], entry.fields["hutch:reason"]) for entry in found]


class InboxContract:
    """What every store does."""

    async def test_entries_come_in_order_each_to_one(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1", "2", "3", "4")
        assert ids(await take(store, PLAIN, "a", want=3)) == ["1", "2", "3"]
        [last] = await take(store, PLAIN, "b")
        assert (last.fields, last.deliveries) == ({"id": "4"}, 1)
        assert await take(store, PLAIN, "b") == []

    async def test_what_was_added_before_the_group_is_not_skipped(self, store: InboxStore) -> None:
        await store.add(PLAIN, [{"id": "1"}])
        await store.open(PLAIN)
        await store.open(PLAIN)
        assert ids(await take(store, PLAIN)) == ["1"]

    async def test_what_is_settled_is_gone(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1", "2")
        first, second = await take(store, PLAIN)
        await settle(store, PLAIN, "a", done(first), done(second))
        await settle(store, PLAIN, "a", done(first))  # a reply was lost: told twice
        assert await store.stats(PLAIN) == InboxStats(consumers=(await _consumers(store)))
        assert await rescue(store, PLAIN) == []

    async def test_what_is_left_behind_goes_to_another(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1")
        [entry] = await take(store, PLAIN, "a")
        assert await rescue(store, PLAIN, lease=LONG) == []
        [same] = await rescue(store, PLAIN)
        assert (same.id, same.deliveries) == (entry.id, 2)
        assert await store.beat(PLAIN, "a", [entry.id]) == [entry.id]
        assert await store.beat(PLAIN, "b", [entry.id]) == []
        assert not await store.held(PLAIN, "a")
        assert list(await store.held(PLAIN, "b")) == [entry.id]

    async def test_a_late_end_of_what_another_has(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1", "2")
        first, second = await take(store, PLAIN, "a")
        await rescue(store, PLAIN)
        late = done(first, "dead", "x"), done(first, "later"), done(second)
        await settle(store, PLAIN, "a", *late)
        assert list(await store.held(PLAIN, "b")) == [
            first.id
        ]  # the second was handled: it is over
        assert await shelf(store, PLAIN, "dead") == []

    async def test_a_beat_renews_the_lease(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1")
        [entry] = await take(store, PLAIN)
        await asyncio.sleep(0.06)
        await store.beat(PLAIN, "a", [entry.id])
        assert await rescue(store, PLAIN, lease=50) == []

    async def test_a_failed_entry_waits_and_counts(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1")
        [entry] = await take(store, PLAIN)
        await settle(store, PLAIN, "a", done(entry, "later"))
        assert await rescue(store, PLAIN, lease=1000) == []
        assert await store.held(PLAIN, "a") == {entry.id: 1}
        [again] = await rescue(store, PLAIN)
        assert again.deliveries == 2
        assert await store.held(PLAIN, "b") == {entry.id: 2}

    async def test_an_end_of_an_earlier_delivery_is_void(self, store: InboxStore) -> None:
        await fill(store, ORDERED, "1/x")
        [first] = await take(store, ORDERED, "a")
        [second] = await rescue(store, ORDERED, "a")
        late: tuple[Kind, ...] = ("back", "later", "dead")
        assert await settle(store, ORDERED, "a", *(done(first, kind) for kind in late)) == []
        assert await store.held(ORDERED, "a") == {first.id: second.deliveries}
        assert await rescue(store, ORDERED, "b", lease=LONG) == []
        await settle(store, ORDERED, "a", done(second, "back"))
        [third] = await rescue(store, ORDERED, "b", lease=LONG)
        assert third.deliveries == 2

    async def test_what_was_not_begun_comes_at_once_and_counts_not(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1")
        [entry] = await take(store, PLAIN)
        await settle(store, PLAIN, "a", done(entry, "back"))
        [again] = await rescue(store, PLAIN, lease=LONG)
        assert again.deliveries == 1

    async def test_what_kills_its_consumers_is_put_among_the_dead(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1")
        await take(store, PLAIN, "a")
        assert ids(await rescue(store, PLAIN, "b")) == ["1"]
        turn = await store.tend(PLAIN, "c", "-", 10, 0)
        assert (turn.entries, turn.moved) == ([], {"delivered too often": 1})
        assert await shelf(store, PLAIN, "dead") == [("1", "delivered 2 times, never settled")]

    async def test_a_dead_entry_keeps_its_fields_and_reason(self, store: InboxStore) -> None:
        [id] = await fill(store, PLAIN, "1/me")
        [entry] = await take(store, PLAIN)
        await settle(store, PLAIN, "a", done(entry, "dead", "ValueError: no"))
        [dead] = await store.page(PLAIN, "dead", "0-0", 10)
        extra = {"hutch:id": id, "hutch:reason": "ValueError: no"}
        assert dead.fields == {"id": "1", "contact": "me"} | extra
        assert (await store.stats(PLAIN)).dead == 1
        assert (await store.stats(PLAIN)).length == 0

    async def test_one_order_is_kept_and_others_pass(self, store: InboxStore) -> None:
        await fill(store, ORDERED, "1/x", "2/x", "3/y", "4/x", "5")
        first = await take(store, ORDERED, "a")
        assert ids(first) == ["1", "3", "5"]
        assert await rescue(store, ORDERED, lease=LONG) == []
        [second] = await settle(store, ORDERED, "a", done(first[0]))
        assert (second.fields["id"], second.deliveries) == ("2", 1)
        assert ids(await settle(store, ORDERED, "a", done(second))) == ["4"]

    async def test_an_order_is_kept_between_consumers(self, store: InboxStore) -> None:
        await fill(store, ORDERED, "1/x", "2/x", "3/x")
        [first] = await take(store, ORDERED, "a", want=1)
        assert await take(store, ORDERED, "b") == []
        [second] = await settle(store, ORDERED, "a", done(first))
        assert second.fields["id"] == "2"
        assert not await store.held(ORDERED, "b")

    async def test_an_order_waits_for_what_failed(self, store: InboxStore) -> None:
        await fill(store, ORDERED, "1/x", "2/x")
        [first] = await take(store, ORDERED, "a")
        assert await settle(store, ORDERED, "a", done(first, "later"), want=10) == []
        [again] = await rescue(store, ORDERED)
        assert (again.fields["id"], again.deliveries) == ("1", 2)
        assert ids(await settle(store, ORDERED, "b", done(again, "dead", "x"))) == ["2"]

    async def test_an_order_survives_its_consumer(self, store: InboxStore) -> None:
        await fill(store, ORDERED, "1/x", "2/x", "3/y")
        await take(store, ORDERED, "a")
        found = await rescue(store, ORDERED)
        assert sorted(ids(found)) == ["1", "3"]
        first = next(entry for entry in found if entry.fields["id"] == "1")
        assert ids(await settle(store, ORDERED, "b", done(first))) == ["2"]

    async def test_a_stopping_consumer_leaves_the_next_to_others(self, store: InboxStore) -> None:
        await fill(store, ORDERED, "1/x", "2/x")
        [first] = await take(store, ORDERED, "a")
        assert await settle(store, ORDERED, "a", done(first), want=-1) == []
        [second] = await rescue(store, ORDERED, lease=LONG)
        assert (second.fields["id"], second.deliveries) == ("2", 1)

    async def test_a_value_that_came_before_is_left_out(self, store: InboxStore) -> None:
        await fill(store, ONCE, "1/x", "1/x", "2/x")
        [first] = await take(store, ONCE, "a")
        turn = await store.turn(ONCE, "a", [done(first)], 0, LONG)
        assert ids(turn.entries) == ["2"]
        assert turn.moved == {"duplicate": 1}
        assert (await store.stats(ONCE)).length == 1

    async def test_a_value_is_not_its_own_duplicate(self, store: InboxStore) -> None:
        await fill(store, ONCE, "1/x")
        await take(store, ONCE, "a")
        assert ids(await rescue(store, ONCE)) == ["1"]

    async def test_what_is_replayed_is_handled_anew(self, store: InboxStore) -> None:
        await fill(store, ONCE, "1/x")
        [entry] = await take(store, ONCE)
        await settle(store, ONCE, "a", done(entry, "dead", "x"))
        [dead] = await store.page(ONCE, "dead", "0-0", 10)
        assert await store.replay(ONCE, "dead", [dead.id, "1-1"]) == [dead.id]
        [again] = await take(store, ONCE)
        assert again.fields == {"id": "1", "contact": "x"}
        assert await store.page(ONCE, "dead", "0-0", 10) == []

    async def test_what_is_discarded_is_gone(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1")
        [entry] = await take(store, PLAIN)
        await settle(store, PLAIN, "a", done(entry, "dead", "x"))
        [dead] = await store.page(PLAIN, "dead", "0-0", 10)
        assert await store.discard(PLAIN, "dead", ["1-1", dead.id]) == [dead.id]
        assert await store.page(PLAIN, "dead", "0-0", 10) == []

    async def test_too_many_entries_go_to_review_the_oldest_first(self, store: InboxStore) -> None:
        await fill(store, SHORT, "1", "2")
        await take(store, SHORT, "a")
        await fill(store, SHORT, "3", "4", "5")
        reasons = [("3", "inbox full"), ("4", "inbox full")]
        assert await shelf(store, SHORT, "review") == reasons
        assert ids(await take(store, SHORT, "b")) == ["5"]
        assert (await store.stats(SHORT)).length == 3

    async def test_where_all_are_in_work_the_new_one_goes_to_review(
        self, store: InboxStore
    ) -> None:
        await fill(store, SHORT, "1", "2", "3")
        await take(store, SHORT, "a")
        added = await store.add(SHORT, [{"id": "4"}])
        assert added.moved == {"inbox full": 1}
        assert await shelf(store, SHORT, "review") == [("4", "inbox full")]

    async def test_old_entries_go_to_review(self, store: InboxStore) -> None:
        await fill(store, FRESH, "1/x", "2/x", "3")
        await asyncio.sleep(0.04)
        await fill(store, FRESH, "4/x")
        turn = await store.turn(FRESH, "a", [], 10, LONG)
        assert ids(turn.entries) == ["4"]
        assert turn.moved == {"too old": 3}
        found = await shelf(store, FRESH, "review")
        assert found == [("1", "too old"), ("2", "too old"), ("3", "too old")]

    async def test_who_waits_is_woken(self, store: InboxStore) -> None:
        await store.open(PLAIN)
        turn = await store.turn(PLAIN, "a", [], 10, LONG)
        waiting = asyncio.ensure_future(store.wait(PLAIN, turn.last, 5))
        await asyncio.sleep(0.01)
        await fill(store, PLAIN, "1")
        async with asyncio.timeout(2):
            await waiting
        assert ids(await take(store, PLAIN)) == ["1"]

    async def test_waiting_ends(self, store: InboxStore) -> None:
        await store.open(PLAIN)
        turn = await store.turn(PLAIN, "a", [], 10, LONG)
        async with asyncio.timeout(2):
            await store.wait(PLAIN, turn.last, 0.02)

    async def test_entries_are_counted_and_paged(self, store: InboxStore) -> None:
        numbers = await fill(store, PLAIN, "1", "2", "3")
        await take(store, PLAIN, "a", want=1)
        stats = await store.stats(PLAIN)
        assert (stats.length, stats.delivered) == (3, 1)
        assert 0 <= stats.oldest < 5
        page = await store.page(PLAIN, "waiting", numbers[0], 1)
        assert ids(page) == ["2"]

    async def test_inboxes_are_apart(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1")
        await store.open(ORDERED)
        assert await take(store, ORDERED) == []
        assert await store.stats(SHORT) == InboxStats()

    async def test_a_consumer_leaves(self, store: InboxStore) -> None:
        await fill(store, PLAIN, "1")
        [entry] = await take(store, PLAIN, "a")
        await store.leave(PLAIN, "a")  # it has something: it stays
        assert list(await store.held(PLAIN, "a")) == [entry.id]
        await settle(store, PLAIN, "a", done(entry))
        await store.leave(PLAIN, "a")
        assert await _consumers(store) == 0


async def _consumers(store: InboxStore) -> int:
    return (await store.stats(PLAIN)).consumers
