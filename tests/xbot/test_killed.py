"""The worker is killed at any moment, and each post is on X, in the database and counted once."""

from functools import partial
from pathlib import Path

import httpx2
import pytest
from tests.browser.serving import serving
from tests.workers import holds_while_killed, scene_of, worker
from tests.xbot.conftest import Start
from tests.xbot.running import BEARER, TOKEN, X, until

from demo.plays.xbot import XbotPlay
from hutch.roles import Role
from kit.sandbox import Fault


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

        async with worker("xbot", tmp_path):
            await until(is_sent, 30)
            assert await bot.is_at(post, "WAITING")
        other = await bot.write("Black tea #tea")
        async with worker("xbot", tmp_path):
            for one in (post, other):
                await until(partial(bot.is_at, one, "POSTED"), 40)
        assert sorted(bot.x.texts) == ["Black tea #tea", "Green tea #tea"]


@pytest.mark.slow
@pytest.mark.req("XB-51", "XB-52", "XB-31")
@pytest.mark.usefixtures("quick")
async def test_the_play_holds_while_its_workers_are_killed_again_and_again(
    x: X, start: Start, tmp_path: Path
) -> None:
    async with (
        start(role=Role.WEB, connected=False) as bot,
        serving(bot.t.app.http) as url,
        httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client,
    ):
        scene = scene_of(client, x.url, TOKEN)
        await holds_while_killed(XbotPlay(), scene, tmp_path, (4.0, 4.5, 5.0))
