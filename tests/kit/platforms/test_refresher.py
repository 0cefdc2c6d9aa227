"""Tokens are refreshed in time, by one at a time, and stored before anything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

import hutch.testing
from hutch import Module
from hutch_lock import LockLost, Locks, LockTaken, LockUnavailable, lock_module
from kit.platforms import NeedsReauth, Refresher, RetryBackoff, Tokens, Unknown, XClient


def pair(number: int, lasts: timedelta) -> Tokens:
    return Tokens(SecretStr(f"a{number}"), SecretStr(f"r{number}"), datetime.now(UTC) + lasts)


@dataclass
class Shelf:
    """A store that takes its time."""

    tokens: Tokens
    saving: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def load(self, account_id: str) -> Tokens:
        await asyncio.sleep(0)
        return self.tokens

    async def save(self, account_id: str, tokens: Tokens) -> None:
        self.saving.set()
        await self.go_on.wait()
        self.tokens = tokens


@dataclass
class Exchanges:
    """A platform whose refresh tokens work once."""

    number: int = 1
    used: list[str] = field(default_factory=list)

    async def __call__(self, token: SecretStr) -> Tokens:
        if token.get_secret_value() != f"r{self.number}":
            raise NeedsReauth("used twice")
        self.used.append(token.get_secret_value())
        await asyncio.sleep(0)
        self.number += 1
        return pair(self.number, timedelta(hours=2))


@pytest.fixture
async def locks() -> AsyncIterator[Locks]:
    locking = lock_module()
    async with hutch.testing.testing(Module("app", imports=[locking], exports=[locking])) as t:
        yield t.get(Locks)


def due(minutes: float = 1) -> Shelf:
    shelf = Shelf(pair(1, timedelta(minutes=minutes)))
    shelf.go_on.set()
    return shelf


async def test_a_token_that_lasts_is_not_refreshed(locks: Locks):
    exchange = Exchanges()

    token = await Refresher(locks, due(minutes=16)).token("me", exchange)

    assert (token.get_secret_value(), exchange.used) == ("a1", [])


async def test_twenty_at_once_refresh_once(locks: Locks):
    exchange, refresher = Exchanges(), Refresher(locks, due(minutes=14))

    tokens = await asyncio.gather(*(refresher.token("me", exchange) for _ in range(20)))

    assert {token.get_secret_value() for token in tokens} == {"a2"}
    assert exchange.used == ["r1"]


async def test_a_refused_token_is_refreshed_unless_somebody_has_done_so(locks: Locks):
    exchange, refresher = Exchanges(), Refresher(locks, due(minutes=60))
    old = SecretStr("a1")

    first = await refresher.token("me", exchange, refused=old)
    second = await refresher.token("me", exchange, refused=old)

    assert first.get_secret_value() == second.get_secret_value() == "a2"
    assert exchange.used == ["r1"]


async def test_accounts_do_not_wait_for_each_other(locks: Locks):
    shelf = Shelf(pair(1, timedelta(minutes=1)))
    stuck = asyncio.create_task(Refresher(locks, shelf).token("me", Exchanges()))
    await shelf.saving.wait()

    token = await Refresher(locks, due()).token("you", Exchanges())

    assert token.get_secret_value() == "a2"
    shelf.go_on.set()
    await stuck


async def test_new_tokens_are_stored_even_by_who_is_cancelled(locks: Locks):
    shelf, exchange = Shelf(pair(1, timedelta(minutes=1))), Exchanges()
    task = asyncio.create_task(Refresher(locks, shelf).token("me", exchange))
    await shelf.saving.wait()

    task.cancel()
    await asyncio.sleep(0)
    shelf.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert shelf.tokens.refresh.get_secret_value() == "r2"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(LockTaken, RetryBackoff), (LockUnavailable, RetryBackoff), (LockLost, Unknown)],
)
async def test_a_lock_that_fails_is_an_outcome(error: type[Exception], outcome: type[Exception]):
    class Broken:
        @asynccontextmanager
        async def hold(self, *args: object, **more: object) -> AsyncIterator[None]:
            raise error("it failed")
            yield

    with pytest.raises(outcome, match="tokens of 'me'"):
        await Refresher(Broken(), due()).token("me", Exchanges())


async def test_a_rotated_token_of_x_is_never_used_twice(x: XClient, sandbox, locks: Locks):
    expires = datetime.now(UTC)
    shelf = due()
    shelf.tokens = Tokens(sandbox.token, SecretStr(sandbox.account["refresh_token"]), expires)
    refresher = Refresher(locks, shelf)

    tokens = await asyncio.gather(*(refresher.token("me", x.refresh) for _ in range(5)))
    await x.create_post(tokens[4], "Hello")

    assert len(set(tokens)) == 1
    assert sandbox.posts == ["Hello"]


async def test_an_exchange_that_was_sent_is_finished_even_by_who_is_cancelled(locks: Locks):
    sent, go_on, shelf = asyncio.Event(), asyncio.Event(), due()

    async def exchange(token: SecretStr) -> Tokens:
        sent.set()
        await go_on.wait()
        return pair(2, timedelta(hours=2))

    task = asyncio.create_task(Refresher(locks, shelf).token("me", exchange))
    await sent.wait()
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert shelf.tokens.refresh.get_secret_value() == "r2"


async def test_a_store_that_fails_for_a_moment_loses_no_token(
    locks: Locks, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("kit.platforms.refresher.PAUSES", (0.0, 0.0, 0.0))

    class Moody(Shelf):
        failures = 3

        async def save(self, account_id: str, tokens: Tokens) -> None:
            if self.failures:
                self.failures -= 1
                raise OSError("the database is away")
            self.tokens = tokens

    shelf, exchange = Moody(pair(1, timedelta(minutes=1))), Exchanges()

    token = await Refresher(locks, shelf).token("me", exchange)

    assert token.get_secret_value() == "a2"
    assert shelf.tokens.refresh.get_secret_value() == "r2"
    assert exchange.used == ["r1"]


async def test_a_store_that_stays_away_says_so(locks: Locks, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("kit.platforms.refresher.PAUSES", (0.0,))

    class Away(Shelf):
        async def save(self, account_id: str, tokens: Tokens) -> None:
            raise OSError("the database is away")

    with pytest.raises(OSError, match="the database is away"):
        await Refresher(locks, Away(pair(1, timedelta(minutes=1)))).token("me", Exchanges())
