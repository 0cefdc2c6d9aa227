"""The contract of loads: one at a time, and nothing old afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hutch_cache.contract.lab import (
    CUP,
    FADING,
    ITEM,
    LIST,
    POT,
    STALE,
    Item,
    Lab,
    Loader,
    lab,
    until,
)
from hutch_cache.entry import Key
from hutch_cache.store import Snapshot, Store


class LoadContract:
    """What every backend does with loads."""

    async def test_what_is_loaded_is_kept(self, store: Store) -> None:
        async with lab(store) as here:
            load = Loader(CUP)
            for _ in range(3):
                assert await here.cache.get_or_load(ITEM.key("a"), load) == CUP
            assert load.calls == 1
            assert await here.cache.get_or_load(ITEM.key("b"), Loader(POT)) == POT

    async def test_concurrent_misses_load_once(self, store: Store) -> None:
        async with lab(store) as one, lab(store) as other:
            load = Loader(CUP, waits=True)
            asked = [
                asyncio.create_task(here.cache.get_or_load(ITEM.key("a"), load))
                for here in (one, other)
                for _ in range(20)
            ]
            await load.begun.wait()
            load.gate.set()
            assert await asyncio.gather(*asked) == [CUP] * 40
            assert load.calls == 1

    async def test_a_failed_load_is_told_and_not_kept(self, store: Store) -> None:
        async with lab(store) as here:

            async def fail() -> Item:
                raise LookupError("no such item")

            asked = [here.cache.get_or_load(ITEM.key("a"), fail) for _ in range(3)]
            found = await asyncio.gather(*asked, return_exceptions=True)
            assert [str(error) for error in found] == ["no such item"] * 3
            assert await here.cache.get_or_load(ITEM.key("a"), Loader(CUP)) == CUP

    async def test_a_load_goes_on_when_its_caller_is_cancelled(self, store: Store) -> None:
        async with lab(store) as here:
            load = Loader(CUP, waits=True)
            first = asyncio.create_task(here.cache.get_or_load(ITEM.key("a"), load))
            await load.begun.wait()
            second = asyncio.create_task(here.cache.get_or_load(ITEM.key("a"), load))
            first.cancel()
            await asyncio.wait([first])
            load.gate.set()
            assert await second == CUP
            assert first.cancelled()
            assert load.calls == 1

    async def test_a_dead_process_keeps_others_waiting_for_its_lease_only(
        self, store: Store
    ) -> None:
        async with lab(store) as here:
            taken, _ = await store.claim(ITEM.key("a").parts, (), "dead", 0.05)
            assert taken
            load = Loader(CUP)
            waiting = asyncio.create_task(here.cache.get_or_load(ITEM.key("a"), load))
            await asyncio.sleep(0)
            assert load.calls == 0
            assert await waiting == CUP

    async def test_what_changes_during_a_load_is_not_overwritten(self, store: Store) -> None:
        changes: list[tuple[Key[list[Item]], Callable[[Lab], Awaitable[Any]]]] = [
            (LIST.key("a"), lambda there: there.cache.delete(LIST.key("a"))),
            (LIST.key("b"), lambda there: there.cache.invalidate("all", "none")),
            (LIST.key("c"), lambda there: there.cache.invalidate("list:c")),
            (LIST.key("d"), lambda there: there.cache.clear("list")),
            (LIST.key("e"), lambda there: there.cache.set(LIST.key("e"), [POT])),
        ]
        for key, change in changes:
            for same in (True, False):
                async with lab(store) as here, lab(store) as elsewhere:
                    await here.cache.delete(key)
                    old = Loader([CUP], waits=True)
                    begun = asyncio.create_task(here.cache.get_or_load(key, old))
                    await old.begun.wait()
                    await change(here if same else elsewhere)
                    # who asks after the change gets nothing from before it
                    asked = asyncio.create_task(here.cache.get_or_load(key, Loader([POT])))
                    old.gate.set()
                    assert await begun == [CUP]
                    if same:
                        assert await asked == [POT]
                    await asked
                    assert await here.cache.get_or_load(key, Loader([POT])) == [POT]

    async def test_a_stale_value_is_served_and_loaded_once(self, store: Store) -> None:
        async with lab(store) as one, lab(store) as other:
            await one.cache.set(STALE.key("a"), CUP)
            for here in (one, other):
                here.clock.now += 601
                assert await here.cache.get(STALE.key("a")) is None
            load: Loader[Item | None] = Loader(POT, waits=True)
            for here in (one, other) * 5:
                assert await here.cache.get_or_load(STALE.key("a"), load) == CUP
            await load.begun.wait()
            load.gate.set()

            async def fresh() -> bool:
                return await one.cache.get(STALE.key("a")) == POT

            await until(fresh)
            assert load.calls == 1

    async def test_a_stale_value_outlives_a_reload_that_fails(self, store: Store) -> None:
        async with lab(store) as here:
            await here.cache.set(STALE.key("a"), CUP)
            here.clock.now += 601
            failing: Loader[Item | None] = Loader(POT, error=LookupError("down"))
            assert await here.cache.get_or_load(STALE.key("a"), failing) == CUP
            await until(failing.begun_now)
            load: Loader[Item | None] = Loader(POT)

            async def reloaded() -> bool:
                return await here.cache.get_or_load(STALE.key("a"), load) == POT

            await until(reloaded)

    async def test_a_stale_value_that_is_no_more_goes(self, store: Store) -> None:
        async with lab(store) as here:
            await here.cache.set(FADING.key("a"), CUP)
            here.clock.now += 601
            nothing: Loader[Item | None] = Loader(None)
            assert await here.cache.get_or_load(FADING.key("a"), nothing) == CUP

            async def gone() -> bool:
                return (await store.read(FADING.key("a").parts, ())).value is None

            await until(gone)
            assert nothing.calls == 1

    async def test_a_none_that_was_overtaken_removes_nothing(self, store: Store) -> None:
        key = FADING.key("a")
        for same in (True, False):
            async with lab(store) as here, lab(store) as elsewhere:
                await here.cache.delete(key)
                nothing: Loader[Item | None] = Loader(None, waits=True)
                asked = asyncio.create_task(here.cache.get_or_load(key, nothing))
                await nothing.begun.wait()
                await (here if same else elsewhere).cache.set(key, CUP)
                nothing.gate.set()
                assert await asked is None
                assert await here.cache.get(key) == CUP

    async def test_who_comes_late_to_a_claim_takes_what_is_there(self, store: Store) -> None:
        async with lab(store) as here:
            key = ITEM.key("a")
            assert (await store.claim(key.parts, (), "other", 30))[0]
            load = Loader(POT)
            waiting = asyncio.create_task(here.cache.get_or_load(key, load))
            await until(here.missed)
            assert await store.write(key.parts, b'{"id":1,"name":"cup"}', None, "other")
            assert await waiting == CUP
            assert load.calls == 0

            async def free() -> bool:
                return (await store.claim(key.parts, (), "next", 30))[0]

            await until(free)

    async def test_only_the_holder_of_a_claim_writes_and_releases(self, store: Store) -> None:
        key = ITEM.key("a").parts
        assert (await store.claim(key, ["t"], "one", 30))[0]
        taken, snapshot = await store.claim(key, ["t"], "two", 30)
        assert (taken, snapshot.value, [*snapshot.versions]) == (False, None, [None])
        assert not await store.write(key, b"2", None, "two")
        await store.release(key, "two")
        assert not (await store.claim(key, (), "two", 30))[0]
        assert await store.write(key, b"1", None, "one")
        assert not await store.write(key, b"3", None, "one")
        taken, snapshot = await store.claim(key, (), "two", 30)
        assert (taken, snapshot.value) == (True, b"1")
        await store.release(key, "two")
        assert (await store.claim(key, (), "three", 30))[0]
        await store.release(key, "two", with_value=True)
        assert (await store.read(key, ())).value == b"1"
        await store.release(key, "three", with_value=True)
        assert (await store.claim(key, (), "four", 30)) == (True, Snapshot(None, []))
