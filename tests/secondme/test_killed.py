"""The worker is killed at any moment, and each message is answered exactly once."""

from pathlib import Path

import httpx2
import pytest
from tests.secondme.conftest import Start
from tests.secondme.running import ADA, BEARER, TOKEN, Me, Phone, until
from tests.workers import holds_while_killed, scene_of, worker

from demo.plays.secondme import SecondMePlay
from hutch.roles import Role
from kit.sandbox import Fault


@pytest.fixture
def quick(environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    environment.setenv("HUTCH_PUBSUB__LEASE", "2")
    environment.setenv("HUTCH_QUEUE__LEASE", "2")
    return environment


@pytest.mark.slow
@pytest.mark.req("SM-23", "SM-24")
async def test_who_is_killed_while_sending_leaves_an_answer_that_is_sent_once(
    quick: pytest.MonkeyPatch, start: Start, tmp_path: Path
) -> None:
    async with start(role=Role.WEB) as me:
        await me.hooked()
        async with worker("secondme", tmp_path):
            await me.is_connected()
            await me.enabled(ADA)
            me.phone.fault(Fault.SLOW, seconds=3)
            await me.write(ADA, "hello")

            async def is_sent() -> bool:
                return len(me.phone.answers()) == 1

            await until(is_sent)
            await me.write(ADA, "and then")
        async with worker("secondme", tmp_path):
            await me.come_to("ANSWERED", "hello", "and then")
    assert len(me.phone.answers()) == 2


@pytest.mark.slow
@pytest.mark.req("SM-23", "SM-24", "SM-25")
async def test_the_play_holds_while_its_workers_are_killed_again_and_again(
    quick: pytest.MonkeyPatch, phone: Phone, start: Start, tmp_path: Path
) -> None:
    play = SecondMePlay()
    async with httpx2.AsyncClient() as client:
        for name, value in (await play.environment(phone.url, client)).items():
            quick.setenv(name, value)
    async with start(role=Role.WEB) as me:
        url = str(me.client.base_url)
        async with httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client:
            scene = scene_of(client, phone.url, TOKEN)
            await holds_while_killed(play, scene, tmp_path, (3.0, 3.5, 4.0, 4.5))


@pytest.mark.slow
@pytest.mark.req("SM-25")
async def test_a_web_and_two_worker_processes_share_the_load(
    quick: pytest.MonkeyPatch, start: Start, tmp_path: Path
) -> None:
    async with (
        start(role=Role.WEB) as me,
        worker("secondme", tmp_path),
        worker("secondme", tmp_path),
    ):
        await me.hooked()
        await me.connect()
        numbers = [f"+49153000000{n:02}" for n in range(8)]
        await write_to(me, numbers)
        assert len(me.phone.answers()) == len(set(me.phone.answers())) == 24


async def write_to(me: Me, numbers: list[str]) -> None:
    for number in numbers:
        await me.enabled(number)
    texts = [f"{turn} of {number}" for turn in range(3) for number in numbers]
    for text in texts:
        await me.write(text.partition(" of ")[2], text)
    await me.come_to("ANSWERED", *texts)
