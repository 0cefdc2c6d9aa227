"""The demo's play of rabbit24, against the app on a real socket with a real worker."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from tests.rabbit24.conftest import Start
from tests.rabbit24.running import BEARER, TOKEN, serving

from demo.plays.play import Scene
from demo.plays.rabbit24 import SHOWN, Rabbit24Play


@pytest.fixture
async def url(
    start: Start, on_redis: pytest.MonkeyPatch, sandbox: tuple[str, object]
) -> AsyncIterator[str]:
    async with httpx2.AsyncClient() as client:
        for name, value in (await Rabbit24Play().environment(sandbox[0], client)).items():
            on_redis.setenv(name, value)
    async with start(services=True) as rabbit, serving(rabbit.t.app.http) as url:
        yield url


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "runs", [("alone0",), pytest.param(("first1", "second2"), marks=pytest.mark.slow)]
)
async def test_every_finding_holds_and_again_on_the_same_data(
    url: str, sandbox: tuple[str, object], runs: tuple[str, ...]
) -> None:
    async with httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client:
        for run in runs:
            play = Rabbit24Play()
            scene = Scene(run, url, sandbox[0], client, TOKEN)
            await play.run(scene)
            findings = await play.judge(scene)
            assert [finding for finding in findings if not finding.holds] == []
            assert (play.progress().done, play.progress().total) == (SHOWN, SHOWN)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_wrong_is_found(url: str, sandbox: tuple[str, object]) -> None:
    async with httpx2.AsyncClient(base_url=url, headers=BEARER, timeout=10) as client:
        play = Rabbit24Play()
        findings = await play.judge(Scene("never", url, sandbox[0], client, TOKEN))
        assert len([finding for finding in findings if not finding.holds]) >= 4
