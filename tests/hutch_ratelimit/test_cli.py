"""``hutch limits``, on a real server."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hutch.cli.main import commands
from hutch_ratelimit import RateLimiter, RateLimitError, UnknownLimit, per_day

SHOP = """
from hutch import App, Module
from hutch_ratelimit import RateLimiter, per_day, per_hour, ratelimit_module

inner = Module(
    "inner",
    imports=[ratelimit_module(twitter=per_day(50), posting=per_hour(100))],
    exports=[RateLimiter],
)
app = App(Module("shop", imports=[inner]))
"""


@pytest.fixture(autouse=True)
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str
) -> Iterator[Any]:
    (tmp_path / "limitshop.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "HUTCH_APP": "limitshop",
        "HUTCH_RATELIMIT__BACKEND": "redis",
        "HUTCH_RATELIMIT__LIMITS": '{"posting": 7}',
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": redis_prefix,
        "HUTCH_REDIS__TIMEOUT": "10",
    }.items():
        monkeypatch.setenv(name, value)
    import limitshop  # pyright: ignore

    yield limitshop
    del sys.modules["limitshop"]


def call(*words: str) -> Result:
    return CliRunner().invoke(commands, ["limits", *words])


def hutch(*words: str) -> str:
    result = call(*words)
    if result.exception:
        raise result.exception
    return result.stdout


def test_list_shows_the_limits_with_the_numbers_that_hold() -> None:
    assert hutch("list") == "name\tlimit\nposting\t7 an hour\ntwitter\t50 a day\n"
    assert json.loads(hutch("list", "--json"))[0] == {"name": "posting", "limit": "7 an hour"}


def test_show_and_reset_one_counter(shop: Any) -> None:
    async def take() -> None:
        async with shop.app.opened(RateLimiter, module=shop.inner) as running:
            limiter = running.get(RateLimiter, shop.inner)
            await limiter.take(per_day(50).at("ratelimit", "u1", "twitter"), cost=3)

    asyncio.run(take())
    words = "twitter", "ratelimit", "u1", "twitter"
    [row] = json.loads(hutch("show", *words, "--json"))
    assert row["reset"].endswith("T00:00:00Z")
    assert (row["counter"], row["used"], row["left"]) == ("ratelimit:u1:twitter", "3 of 50", "47")
    assert hutch("show", *words).startswith(
        "counter\tused\tleft\treset\nratelimit:u1:twitter\t3 of"
    )
    assert hutch("reset", *words) == "ratelimit:u1:twitter is reset.\n"
    assert json.loads(hutch("show", *words, "--json"))[0]["used"] == "0 of 50"


@pytest.mark.parametrize("command", ["show", "reset"])
def test_an_unknown_limit_is_refused_with_those_that_exist(command: str) -> None:
    refused = call(command, "myspace", "a").exception
    assert isinstance(refused, UnknownLimit)
    assert "there are: posting, twitter." in str(refused)


def test_counters_in_memory_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUTCH_RATELIMIT__BACKEND", "memory")
    refused = call("list").exception
    assert isinstance(refused, RateLimitError)
    assert "HUTCH_RATELIMIT__BACKEND=redis" in str(refused)
