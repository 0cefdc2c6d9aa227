"""``hutch cache``, on a real server."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hutch import App, Module
from hutch.cli.main import commands
from hutch_cache import Cache, CacheError, CacheUnavailable, UnknownEntry

SHOP = """
from hutch import App, Module
from hutch_cache import Cache, Entry, cache_module

names = Entry("names", str, ttl="1h", tags=("all",))
prices = Entry("prices", int, ttl="1h")
inner = Module("inner", imports=[cache_module(names, prices)], exports=[Cache])
app = App(Module("shop", imports=[inner]))
"""


@pytest.fixture(autouse=True)
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> Iterator[Any]:
    """An app in a folder of its own; its module is imported anew for each test."""
    (tmp_path / "cacheshop.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "HUTCH_APP": "cacheshop",
        "HUTCH_CACHE__BACKEND": "redis",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_REDIS__TIMEOUT": "10",
    }.items():
        monkeypatch.setenv(name, value)
    import cacheshop  # pyright: ignore

    yield cacheshop
    del sys.modules["cacheshop"]


@pytest.fixture
def used(shop: Any) -> Any:
    """Leave two values of each entry, and some figures."""

    async def use() -> None:
        root = Module("root", imports=[shop.inner], exports=[Cache])
        async with App(root).started() as app:
            cache = app.get(Cache)
            for id in "ab":
                await cache.get(shop.names.key(id))
                await cache.set(shop.names.key(id), id)
                await cache.set(shop.prices.key(id), 7)
            await cache.get(shop.names.key("a"))

    asyncio.run(use())
    return shop


def call(*words: str, **options: Any) -> Result:
    return CliRunner().invoke(commands, ["cache", *words], **options)


def hutch(*words: str, **options: Any) -> str:
    """Run a command that is to succeed; return what it prints."""
    result = call(*words, **options)
    if result.exception:
        raise result.exception
    return result.stdout


@pytest.mark.req("FD-11", "XB-38")
def test_stats_are_those_of_all_processes(used: Any) -> None:
    names, first, second = (line.split("\t") for line in hutch("stats").splitlines())
    assert names == ["entry", "hits", "misses", "errors", "hit rate"]
    assert first == ["names", "1", "2", "0", "33.3 %"]
    assert second == ["prices", "0", "0", "0", "0.0 %"]
    assert json.loads(hutch("stats", "--json"))[0] == {
        "entry": "names",
        "hits": 1,
        "misses": 2,
        "errors": 0,
        "hit_rate": 33.3,
    }


@pytest.mark.req("FD-33")
def test_clear_removes_one_entry(used: Any) -> None:
    assert hutch("clear", "names") == "2 value(s) of names are removed.\n"
    assert hutch("clear", "names") == "0 value(s) of names are removed.\n"
    assert hutch("clear", "prices") == "2 value(s) of prices are removed.\n"


def test_production_asks_first(used: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_PROFILE", "production")
    monkeypatch.setenv("HUTCH_REDIS__STRICT", "false")
    asked = call("clear", "names", input="n\n")
    assert asked.exit_code == 1
    assert "Remove all values of names?" in asked.stderr
    assert hutch("clear", "names", input="y\n").endswith("2 value(s) of names are removed.\n")
    assert hutch("clear", "prices", "--yes") == "2 value(s) of prices are removed.\n"
    assert isinstance(call("clear", "name").exception, UnknownEntry)


def test_errors_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = call("clear", "name")
    assert isinstance(wrong.exception, UnknownEntry)
    assert str(wrong.exception) == (
        "no entry is called 'name'; declared: names, prices. Did you mean 'names'?"
    )
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    assert isinstance(call("stats").exception, CacheUnavailable)
    monkeypatch.setenv("HUTCH_CACHE__BACKEND", "memory")
    error = call("clear", "names").exception
    assert isinstance(error, CacheError)
    assert str(error).endswith("set HUTCH_CACHE__BACKEND=redis.")
