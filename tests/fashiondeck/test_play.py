"""The play of the demo, on the app in a process of its own."""

from pathlib import Path

import httpx2
import pytest
from tests.fashiondeck.processes import Program, program
from tests.fashiondeck.running import TOKEN, Ebay, environment

from demo.plays.fashiondeck import QUERIES, FashiondeckPlay
from demo.plays.play import Play, Scene
from demo.verdict import Finding


async def perform(play: Play, app: Program, sandbox: str) -> list[Finding]:
    scene = Scene("run", app.url, sandbox, app.client, TOKEN)
    await play.run(scene)
    return await play.judge(scene)


@pytest.mark.slow
@pytest.mark.req("FD-27", "FD-44", "FD-45")
async def test_the_play_comes_out_and_comes_out_again(
    ebay: Ebay, tmp_path: Path, redis_url: str, redis_prefix: str
) -> None:
    env = environment(ebay.url, f"sqlite:///{tmp_path / 'deck.db'}")
    env |= {"REDIS_URL": redis_url, "REDIS_PREFIX": redis_prefix}
    async with httpx2.AsyncClient() as client:
        env |= await FashiondeckPlay().environment(ebay.url, client)
    async with program(env, None, tmp_path / "log") as app:
        for _ in range(2):
            play: Play = FashiondeckPlay()
            findings = await perform(play, app, ebay.url)
            assert [finding for finding in findings if not finding.holds] == []
            by_name = {finding.what: finding.found for finding in findings}
            listed = ebay.listed()
            assert by_name["products in the app"] == len(listed) > 4_500
            assert by_name["pictures shown"] == 2 * 4 * len(QUERIES)
            assert by_name["prices that moved overnight and are shown"] > 0
            progress = play.progress()
            assert progress.done == progress.total
    log = (tmp_path / "log").read_text()
    assert "job completed" in log
    assert [word for word in ("backpack", "sandals", "striped", "loafers") if word in log] == []
