"""The two stores do the same, whatever is done to them."""

import random
from typing import Any

import pytest

from hutch_pubsub import InboxSpec
from hutch_pubsub.inbox_contract import LONG, Chat
from hutch_pubsub.memory_inbox import MemoryInbox
from hutch_pubsub.redis_inbox import RedisInbox
from hutch_pubsub.storage import Done, Entry, InboxStore, Kind
from hutch_redis import Redis

KINDS: tuple[Kind, ...] = ("ack", "ack", "ack", "dead", "later", "back")
SPECS = [
    InboxSpec("alike:plain", Chat, attempts=2, max_length=6),
    InboxSpec("alike:ordered", Chat, order_by="contact", attempts=3, max_length=8),
    InboxSpec("alike:once", Chat, order_by="contact", once_by="id", attempts=2),
]
Told = list[tuple[str, int]]


class Pair:
    """One store, with what its consumers have."""

    def __init__(self, store: InboxStore, spec: InboxSpec[Any]) -> None:
        self.store = store
        self.spec = spec
        self.has: dict[str, dict[str, Entry]] = {"a": {}, "b": {}}

    async def add(self, texts: list[str]) -> dict[str, int]:
        entries = [dict(zip(["id", "contact"], text.split("/"), strict=True)) for text in texts]
        return dict((await self.store.add(self.spec, entries)).moved)

    async def turn(self, who: str, ends: dict[str, Kind], want: int) -> tuple[Told, dict[str, int]]:
        done = [self._end(who, name, kind) for name, kind in ends.items()]
        turn = await self.store.turn(self.spec, who, done, want, LONG)
        return self._take(who, turn.entries), dict(turn.moved)

    async def tend(self, who: str, lease: int) -> tuple[Told, dict[str, int]]:
        turn = await self.store.tend(self.spec, who, "-", 100, lease)
        return self._take(who, turn.entries), dict(turn.moved)

    async def state(self) -> Any:
        stats = await self.store.stats(self.spec)
        shelves = [
            sorted(
                (entry.fields["id"], entry.fields.get("hutch:reason", ""))
                for entry in await self.store.page(self.spec, shelf, "0-0", 500)
            )
            for shelf in ("waiting", "dead", "review")
        ]
        return stats.length, stats.delivered, shelves

    def _end(self, who: str, name: str, kind: Kind) -> Done:
        entry = self.has[who].pop(name)
        key = entry.fields.get(self.spec.order_field, "")
        return Done(entry.id, kind, key, "tried", entry.deliveries)

    def _take(self, who: str, entries: list[Entry]) -> Told:
        for entry in entries:
            self.has[who][entry.fields["id"]] = entry
        return sorted((entry.fields["id"], entry.deliveries) for entry in entries)


async def play(pairs: list[Pair], seed: int) -> None:
    chance = random.Random(seed)
    number = 0
    for _ in range(60):
        who = chance.choice("ab")
        match chance.choice(["add", "add", "turn", "turn", "turn", "tend", "rescue"]):
            case "add":
                texts = [
                    f"{number + n}/{chance.choice('xyz')}" for n in range(chance.randint(1, 4))
                ]
                texts += texts[:1] if chance.random() < 0.2 else []
                number += len(texts)
                said = [await pair.add(texts) for pair in pairs]
            case "turn":
                mine = sorted(pairs[0].has[who])
                ends = {
                    name: chance.choice(KINDS)
                    for name in chance.sample(mine, chance.randint(0, len(mine)))
                }
                want = chance.choice([-1, 0, 1, 3, 100])
                said = [await pair.turn(who, ends, want) for pair in pairs]
            case "tend":
                said = [await pair.tend(who, LONG) for pair in pairs]
            case _:
                said = [await pair.tend(who, 0) for pair in pairs]
        assert said[0] == said[1]
        states = [await pair.state() for pair in pairs]
        assert states[0] == states[1]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("seed", range(3))
async def test_both_stores_say_the_same(redis: Redis, spec: InboxSpec[Any], seed: int) -> None:
    stores: list[InboxStore] = [MemoryInbox(), RedisInbox(redis, redis.state)]
    for store in stores:
        await store.open(spec)
    await play([Pair(store, spec) for store in stores], seed)


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
async def test_both_stores_say_the_same_for_long(redis: Redis, spec: InboxSpec[Any]) -> None:
    for seed in range(100, 120):
        own = InboxSpec(
            f"{spec.name}:{seed}",
            Chat,
            order_by=spec.order_by,
            once_by=spec.once_by,
            attempts=spec.attempts,
            max_length=spec.max_length,
        )
        stores: list[InboxStore] = [MemoryInbox(), RedisInbox(redis, redis.state)]
        for store in stores:
            await store.open(own)
        await play([Pair(store, own) for store in stores], seed)
