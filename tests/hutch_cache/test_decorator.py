"""``@cached`` on methods of injected classes."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from hutch import Module
from hutch.testing import testing
from hutch_cache import (
    Cache,
    CachedMethod,
    Entry,
    InvalidEntry,
    InvalidValue,
    cache_module,
    cached,
    hash_of,
)
from hutch_cache.contract.lab import Item

products = Entry("products", list[Item], ttl="6h", at="cache:products:{hash}")
prices = Entry("price", int | None, ttl="1h", at="cache:price:{shop}:{article}", tags=("{shop}",))
recent = Entry("recent", list[str], ttl="30m", at="tweets:recent")


@dataclass
class Shop:
    cache: Cache
    asked: list[Any] = field(default_factory=list)

    @cached(products)
    async def search(self, query: str, *, page: int = 1) -> list[Item]:
        """Search for products."""
        self.asked.append((query, page))
        return [Item(id=page, name=query)]

    @cached(prices)
    async def price(self, shop: str, article: int) -> int | None:
        self.asked.append((shop, article))
        return article * 2

    @cached(recent)
    async def recent(self) -> list[str]:
        self.asked.append("recent")
        return []


shop = Module("shop", imports=[cache_module(products, prices, recent)], providers=[Shop],
              exports=[Shop, Cache])  # fmt: skip


async def test_results_are_kept_by_the_hash_of_all_arguments() -> None:
    async with testing(shop) as app:
        it = app.get(Shop)
        for _ in range(2):
            assert await it.search("cup") == [Item(id=1, name="cup")]
            assert await it.search(query="cup", page=1) == [Item(id=1, name="cup")]
            assert await it.search("cup", page=2) == [Item(id=2, name="cup")]
            assert await it.recent() == []
        assert it.asked == [("cup", 1), ("cup", 2), "recent"]
        assert it.search.key("cup").parts == ("cache", "products", hash_of(["cup", 1]))


async def test_each_argument_fills_a_field() -> None:
    async with testing(shop) as app:
        it = app.get(Shop)
        assert await it.price("a", 7) == 14
        assert await it.price(article=7, shop="a") == 14
        assert await it.price("a", 8) == 16
        assert it.asked == [("a", 7), ("a", 8)]
        assert it.price.key("a", 7) == prices.key("a", 7)
        await app.get(Cache).delete(it.price.key("a", 7))
        await it.price("a", 7)
        assert len(it.asked) == 3
        await app.get(Cache).invalidate("a")
        await it.price("a", 8)
        assert len(it.asked) == 4


async def test_wrong_arguments_are_told_as_ever() -> None:
    async with testing(shop) as app:
        it: Any = app.get(Shop)
        with pytest.raises(TypeError, match="missing a required argument: 'query'"):
            await it.search()
        with pytest.raises(InvalidEntry, match=r"price\.key\(\): article is a NoneType; give a"):
            await it.price("a", None)
        with pytest.raises(InvalidValue, match=r"a object has no text"):
            await it.search(object())
        assert it.asked == []


def test_the_method_keeps_its_name_and_text() -> None:
    method: Any = Shop.search
    assert isinstance(method, CachedMethod)
    assert (method.__name__, method.__doc__) == ("search", "Search for products.")


def test_methods_that_do_not_fill_the_template_are_refused() -> None:
    any_entry: Any = prices

    async def one(self: Any, shop: str) -> None: ...
    async def star(self: Any, *ids: str) -> None: ...
    def plain(self: Any, shop: str, article: int) -> None: ...

    wrong: list[tuple[Any, str]] = [
        (one, "it has 1 parameter(s) beside self, but 'cache:price:{shop}:{article}' has 2"),
        (star, "*args and **kwargs need a key of `{hash}`, not 'cache:price:{shop}:{article}'."),
        (plain, "it must be `async def`."),
    ]
    for method, message in wrong:
        with pytest.raises(InvalidEntry) as raised:
            cached(any_entry)(method)
        assert str(raised.value).startswith("@cached(price) on test_methods")
        assert message in str(raised.value)
