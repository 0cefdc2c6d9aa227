"""Claims that nobody knows of, since Redis hung when they were taken or given back."""

import asyncio
import os
import signal
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from tests.hutch_cache.harm import CUP, app_on, free, stopped

from hutch_cache import Cache, Key, RedisStore, StoreCache
from hutch_cache.contract.lab import ITEM, STALE, Item, Loader, until
from hutch_redis.testing import temporary_server


@pytest.mark.parametrize("stale", [False, True])
async def test_a_claim_whose_reply_was_lost_keeps_nobody_waiting(
    stale: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with temporary_server() as server, app_on(server.url, timeout=0.1) as app:
        cache, key = app.get(Cache), STALE.key("a")
        # so that the scripts are known
        await cache.get_or_load(STALE.key("b"), Loader(CUP))
        if stale:
            await _put_stale(cache, key)
        claim, back = RedisStore.claim, asyncio.Event()

        def go_on() -> None:
            os.kill(server.pid, signal.SIGCONT)
            back.set()

        async def hung(*words: Any) -> Any:
            os.kill(server.pid, signal.SIGSTOP)
            monkeypatch.setattr(RedisStore, "claim", claim)
            # longer than the first attempts to give the claim back take
            asyncio.get_running_loop().call_later(0.5, go_on)
            return await claim(*words)

        monkeypatch.setattr(RedisStore, "claim", hung)
        assert await cache.get_or_load(key, Loader(CUP)) == CUP
        await back.wait()
        await until(lambda: free(server.url), 3)


async def _put_stale(cache: Cache, key: Key[Item | None]) -> None:
    assert isinstance(cache, StoreCache)
    clock = cache._keeping.clock
    early = replace(cache._keeping, clock=lambda: clock() - 900)
    await early.write(key, CUP, [])


async def test_nobody_waits_at_the_stop_for_a_claim_to_be_given_back() -> None:
    async with temporary_server() as server:
        with ExitStack() as stack:
            async with app_on(server.url, timeout=0.1) as app:
                load = Loader(CUP, waits=True)
                asked = asyncio.create_task(app.get(Cache).get_or_load(ITEM.key("a"), load))
                await load.begun.wait()
                stack.enter_context(stopped(server.pid))
                begun = time.monotonic()
            assert time.monotonic() - begun < 0.6
            with pytest.raises(asyncio.CancelledError):
                await asked
