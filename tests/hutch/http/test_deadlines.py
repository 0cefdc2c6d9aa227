from __future__ import annotations

import asyncio

import pytest

from hutch.http.deadlines import Deadlines


async def work(deadlines: Deadlines, started: asyncio.Event, until: asyncio.Event) -> bool:
    """Return whether the time was over."""
    task = deadlines.begin()
    started.set()
    try:
        await until.wait()
    except asyncio.CancelledError:
        if not deadlines.end(task):
            raise
        return True
    return deadlines.end(task)


async def test_each_task_has_its_whole_time() -> None:
    deadlines = Deadlines(0.05)
    loop = asyncio.get_running_loop()
    never = asyncio.Event()
    first = asyncio.create_task(work(deadlines, asyncio.Event(), never))
    async with asyncio.timeout(5):
        await asyncio.sleep(0.03)
        begun = loop.time()
        second = asyncio.create_task(work(deadlines, asyncio.Event(), never))
        assert await first
        assert not second.done()
        assert await second
    assert loop.time() - begun >= 0.049


async def test_a_task_that_is_done_is_left_alone() -> None:
    deadlines = Deadlines(0.01)
    begun, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(work(deadlines, begun, ready))
    await begun.wait()
    ready.set()
    assert await task is False
    other = asyncio.create_task(work(deadlines, begun, asyncio.Event()))
    async with asyncio.timeout(5):
        assert await other  # the timer works on after an idle time


async def test_a_cancellation_from_outside_stays_one() -> None:
    deadlines = Deadlines(60)
    begun = asyncio.Event()
    task = asyncio.create_task(work(deadlines, begun, asyncio.Event()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_request_within_a_request_leaves_the_outer_ones_time_alone() -> None:
    deadlines = Deadlines(60)
    outer = deadlines.begin()
    assert not deadlines.end(deadlines.begin())
    assert not deadlines.end(outer)


async def test_the_outer_request_within_which_time_ran_out_is_told() -> None:
    deadlines = Deadlines(0.01)
    outer = deadlines.begin()
    inner = deadlines.begin()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.Event().wait()
    assert [deadlines.end(inner), deadlines.end(outer)] == [False, True]
