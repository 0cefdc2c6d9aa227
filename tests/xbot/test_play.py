"""The play that the demo shows: what it promises holds, also on a second run."""

import httpx2
import pytest
from tests.browser.serving import serving
from tests.xbot.conftest import Start
from tests.xbot.running import BEARER, TOKEN, X

from demo.plays.play import Scene
from demo.plays.xbot import XbotPlay
from demo.verdict import Finding


@pytest.mark.slow
@pytest.mark.req("XB-51", "XB-52", "XB-35")
async def test_all_findings_hold_also_on_a_second_run(
    environment: pytest.MonkeyPatch, x: X, start: Start
) -> None:
    play = XbotPlay()
    async with httpx2.AsyncClient() as client:
        for name, value in (await play.environment(x.url, client)).items():
            environment.setenv(name, value)
    async with start(connected=False) as bot, serving(bot.t.app.http) as url:
        for run in ("demo-first", "demo-second"):
            async with httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client:
                scene = Scene(run, url, x.url, client, TOKEN)
                await play.run(scene)
                findings = await play.judge(scene)
            assert [found for found in findings if not found.holds] == []
            assert len(findings) >= 14
            assert play.progress().done == play.progress().total == 30
        never = await never_played(url, x)
    assert {found.what for found in never if not found.holds} >= {
        "posts on X exactly once",
        "posts in the database exactly once",
        "same texts refused",
    }


async def never_played(url: str, x: X) -> list[Finding]:
    async with httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client:
        return list(await XbotPlay().judge(Scene("never", url, x.url, client, TOKEN)))
