"""The contract of values: types, times, tags, figures."""

from __future__ import annotations

from typing import Any

from hutch_cache.contract.lab import (
    ALL,
    CUP,
    FLAG,
    ITEM,
    LIST,
    NEW_ITEM,
    PAGE,
    POT,
    SHORT,
    STALE,
    Item,
    Loader,
    error_of,
    lab,
    until,
    values,
)
from hutch_cache.entry import Key
from hutch_cache.errors import InvalidValue, UnknownEntry
from hutch_cache.stats import CacheStats
from hutch_cache.store import Store
from hutch_redis import InvalidKey


class ValueContract:
    """What every backend does with values."""

    async def test_a_value_comes_back_in_its_own_type(self, store: Store) -> None:
        async with lab(store) as here:
            assert await here.cache.get(ITEM.key("a")) is None
            assert await here.cache.set(ITEM.key("a"), CUP)
            assert await here.cache.set(LIST.key("a"), [CUP, POT])
            assert await here.cache.set(PAGE.key(), (1, {"x": 0.5}))
            assert await here.cache.get(ITEM.key("a")) == CUP
            assert await here.cache.get(LIST.key("a")) == [CUP, POT]
            assert await here.cache.get(PAGE.key()) == (1, {"x": 0.5})

    async def test_a_plain_value_is_its_json(self, store: Store) -> None:
        async with lab(store) as here:
            await here.cache.set(ITEM.key("a"), CUP)
            kept = (await store.read(ITEM.key("a").parts, ())).value
            assert kept == b'{"id":1,"name":"cup"}'
            await here.cache.set(LIST.key("a"), [])
            tags = LIST.key("a").tags
            snapshot = await store.read(LIST.key("a").parts, tags)
            versions = ",".join(str(version) for version in snapshot.versions)
            assert snapshot.value == f"[[],null,[{versions}]]".encode()

    async def test_an_empty_list_and_false_are_hits(self, store: Store) -> None:
        async with lab(store) as here:
            empties: list[tuple[Key[Any], Any]] = [(LIST.key("a"), []), (FLAG.key("a"), False)]
            for key, empty in empties:
                load: Loader[Any] = Loader(empty)
                for _ in range(3):
                    assert await here.cache.get_or_load(key, load) == empty
                assert load.calls == 1

    async def test_none_is_kept_only_where_that_is_asked(self, store: Store) -> None:
        async with lab(store) as here:
            asked, unasked = Loader[Any](None), Loader[Any](None)
            for _ in range(2):
                assert await here.cache.get_or_load(STALE.key("a"), asked) is None
                assert await here.cache.get_or_load(SHORT.key("a"), unasked) is None
            assert (asked.calls, unasked.calls) == (1, 2)
            assert await here.cache.get(STALE.key("a"), "nothing") is None
            assert await here.cache.get(SHORT.key("a"), "nothing") == "nothing"
            message = await error_of(InvalidValue, here.cache.set(SHORT.key("a"), None))
            assert message.startswith("short: None is not kept; give the entry a `negative`")

    async def test_a_value_ends_at_its_time(self, store: Store) -> None:
        async with lab(store) as here:
            await here.cache.set(SHORT.key("a"), CUP)
            await here.cache.set(ITEM.key("a"), POT)

            async def gone() -> bool:
                return await here.cache.get(SHORT.key("a")) is None

            await until(gone)
            assert await here.cache.get(ITEM.key("a")) == POT

    async def test_a_value_of_another_shape_is_a_miss(self, store: Store) -> None:
        async with lab(store) as here:
            for old in (b"not json", b'{"id":"x"}', b"[1,2]", b"null", b""):
                await store.write(ITEM.key("a").parts, old, None)
                await store.write(LIST.key("a").parts, old, None)
                assert await here.cache.get(ITEM.key("a")) is None
                assert await here.cache.get_or_load(LIST.key("a"), Loader([CUP])) == [CUP]
                assert await here.cache.get(LIST.key("a")) == [CUP]

    async def test_a_version_reads_no_other(self, store: Store) -> None:
        async with lab(store, ITEM) as old, lab(store, NEW_ITEM) as new:
            await old.cache.set(ITEM.key("a"), CUP)
            assert await new.cache.get(NEW_ITEM.key("a")) is None
            await new.cache.set(NEW_ITEM.key("a"), POT)
            assert await old.cache.get(ITEM.key("a")) == CUP

    async def test_ids_never_meet(self, store: Store) -> None:
        async with lab(store) as here:
            ids = ["a", "A", "a:b", "a%3Ab", "*", "a b", "ä", "../a", "{a}", "v2"]
            for number, id in enumerate(ids):
                await here.cache.set(ITEM.key(id), Item(id=number, name=""))
            found = await values(here, *map(ITEM.key, ids))
            assert found == [Item(id=number, name="") for number in range(len(ids))]
            for id in ("", "a\nb", "x" * 600):
                await error_of(InvalidKey, here.cache.set(ITEM.key(id), CUP))

    async def test_an_undeclared_entry_is_refused(self, store: Store) -> None:
        async with lab(store, ITEM) as here:
            for refused in (
                here.cache.get(FLAG.key("a")),
                here.cache.get_or_load(FLAG.key("a"), Loader(True)),
                here.cache.set(FLAG.key("a"), True),
                here.cache.delete(ITEM.key("a"), FLAG.key("a")),
                here.cache.clear("flag"),
            ):
                message = await error_of(UnknownEntry, refused)
                assert "flag" in message

    async def test_a_value_of_another_type_is_refused(self, store: Store) -> None:
        async with lab(store) as here:
            wrong: Any = {"id": "secret"}
            message = await error_of(InvalidValue, here.cache.set(ITEM.key("a"), wrong))
            assert message.startswith("a dict was to be cached, but the entry's type is Item")
            assert "secret" not in message
            load: Loader[Any] = Loader(wrong)
            await error_of(InvalidValue, here.cache.get_or_load(ITEM.key("a"), load))
            assert await here.cache.get_or_load(ITEM.key("a"), Loader(CUP)) == CUP

    async def test_delete_removes_values(self, store: Store) -> None:
        async with lab(store) as here:
            keys = [ITEM.key(id) for id in "abc"]
            for key in keys:
                await here.cache.set(key, CUP)
            await here.cache.delete(keys[0], keys[1], ITEM.key("none"))
            await here.cache.delete()
            assert await values(here, *keys) == [None, None, CUP]

    async def test_a_tag_invalidates_all_that_have_it(self, store: Store) -> None:
        async with lab(store) as here:
            for id in "ab":
                await here.cache.set(LIST.key(id), [CUP])
            await here.cache.set(STALE.key("a"), CUP)
            await here.cache.invalidate("list:a")
            assert await here.cache.get(LIST.key("a")) is None
            assert await here.cache.get(LIST.key("b")) == [CUP]
            await here.cache.invalidate("all", "of-nothing")
            await here.cache.invalidate()
            assert await here.cache.get(LIST.key("b")) is None
            assert await here.cache.get(STALE.key("a")) == CUP
            await here.cache.set(LIST.key("a"), [POT])
            assert await here.cache.get(LIST.key("a")) == [POT]
            await error_of(InvalidKey, here.cache.invalidate(""))

    async def test_versions_are_never_used_twice(self, store: Store) -> None:
        seen: set[int] = set()
        for _ in range(20):
            [version] = await store.versions(["t"], 60)
            assert [version] == await store.versions(["t"], None)
            assert version not in seen
            seen.add(version)
            await store.bump(["t"])

    async def test_clear_removes_one_entry_and_nothing_else(self, store: Store) -> None:
        async with lab(store) as here:
            for id in ("a", "b:c", "*"):
                await here.cache.set(ITEM.key(id), CUP)
                await here.cache.set(LIST.key(id), [CUP])
            await here.cache.set(PAGE.key(), (1, {}))
            await here.cache.set(FLAG.key("a"), True)
            await store.write(("cache", "item", "a", "v7"), b"{}", None)
            await store.write(("item", "a"), b"{}", None)
            assert await here.cache.clear("item") == 4
            assert await here.cache.get(ITEM.key("a")) is None
            assert (await store.read(("item", "a"), ())).value == b"{}"
            assert await here.cache.get(LIST.key("b:c")) == [CUP]
            assert await here.cache.clear("flag") == 1
            assert await here.cache.clear("page") == 1
            assert await here.cache.clear("page") == 0

    async def test_hits_and_misses_of_all_processes_are_counted(self, store: Store) -> None:
        async with lab(store, *ALL) as one, lab(store, *ALL) as other:
            assert (await one.cache.stats())["item"] == CacheStats()
            assert (await one.cache.stats())["item"].hit_rate == 0
            await one.cache.get(ITEM.key("a"))
            await one.cache.get_or_load(ITEM.key("a"), Loader(CUP))
            for _ in range(3):
                await other.cache.get_or_load(ITEM.key("a"), Loader(CUP))
            await other.cache.get(ITEM.key("a"))
            await other.cache.stats()
            for here in (one, other):
                found = await here.cache.stats()
                assert found["item"] == CacheStats(hits=4, misses=2)
                assert round(found["item"].hit_rate, 1) == 66.7
                assert found["list"] == CacheStats()
                assert sorted(found) == sorted(entry.name for entry in ALL)
