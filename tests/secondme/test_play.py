"""The play that the demo shows: what it promises holds, also on a second run."""

import httpx2
import pytest
from tests.secondme.conftest import Start
from tests.secondme.running import BEARER, TOKEN, Phone

from demo.plays.play import Scene
from demo.plays.secondme import SecondMePlay

SLOW = pytest.mark.slow


@pytest.mark.parametrize("runs", [["first"], pytest.param(["first", "second"], marks=SLOW)])
async def test_all_findings_hold_also_on_a_second_run(
    environment: pytest.MonkeyPatch, phone: Phone, start: Start, runs: list[str]
) -> None:
    play = SecondMePlay()
    async with httpx2.AsyncClient() as client:
        for name, value in (await play.environment(phone.url, client)).items():
            environment.setenv(name, value)
    async with start() as me:
        url = str(me.client.base_url).rstrip("/")
        for run in runs:
            async with httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client:
                scene = Scene(run, url, phone.url, client, TOKEN)
                await play.run(scene)
                findings = await play.judge(scene)
            assert [found for found in findings if not found.holds] == []
            assert play.progress().done == play.progress().total
