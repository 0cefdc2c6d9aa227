"""The worker is killed at any moment, and each post is on X, in the database and counted once."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from tests.browser.serving import serving
from tests.xbot.conftest import Start
from tests.xbot.running import BEARER, TOKEN, X, until

from demo.plays.play import Scene
from demo.plays.xbot import XbotPlay
from hutch.roles import Role
from kit.sandbox import Fault


@asynccontextmanager
async def worker(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the worker as a process of its own; it is killed at the end at the latest."""
    with (folder / "worker.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hutch", "run", "xbot", "--role", "worker",
            stdout=log, stderr=log, env=dict(os.environ),
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
async def quick(environment: pytest.MonkeyPatch, x: X) -> pytest.MonkeyPatch:
    """What the demo tells it, so that a dead worker is not waited for long."""
    async with httpx2.AsyncClient() as client:
        for name, value in (await XbotPlay().environment(x.url, client)).items():
            environment.setenv(name, value)
    environment.setenv("HUTCH_PROFILE", "development")
    environment.setenv("HUTCH_QUEUE__LEASE", "2")
    return environment


@pytest.mark.slow
@pytest.mark.req("XB-51", "XB-16")
@pytest.mark.usefixtures("quick")
async def test_who_is_killed_while_posting_leaves_a_post_that_is_out_once(
    start: Start, tmp_path: Path
) -> None:
    async with start(role=Role.WEB) as bot:
        bot.x.fault(Fault.SLOW, seconds=3)
        post = await bot.write("Green tea #tea")

        async def is_sent() -> bool:
            return len(bot.x.posts) == 1

        async with worker(tmp_path):
            await until(is_sent, 30)
            assert await bot.is_at(post, "WAITING")
        other = await bot.write("Black tea #tea")
        async with worker(tmp_path):
            for one in (post, other):
                await until(lambda one=one: bot.is_at(one, "POSTED"), 40)
        assert sorted(bot.x.texts) == ["Black tea #tea", "Green tea #tea"]


@pytest.mark.slow
@pytest.mark.req("XB-51", "XB-52", "XB-31")
@pytest.mark.usefixtures("quick")
async def test_the_play_holds_while_its_workers_are_killed_again_and_again(
    x: X, start: Start, tmp_path: Path
) -> None:
    play = XbotPlay()
    async with start(role=Role.WEB, connected=False) as bot, serving(bot.t.app.http) as url:
        killing = asyncio.create_task(kill_again_and_again(tmp_path))
        async with httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client:
            scene = Scene("killed", url, x.url, client, TOKEN)
            await play.run(scene)
            findings = await play.judge(scene)
        killing.cancel()
        await asyncio.wait([killing])
    assert [found for found in findings if not found.holds] == []


async def kill_again_and_again(folder: Path) -> None:
    for seconds in (4.0, 4.5, 5.0, 600.0):
        async with worker(folder) as process:
            await asyncio.wait([asyncio.create_task(process.wait())], timeout=seconds)
