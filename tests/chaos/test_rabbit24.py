"""Rabbit24 as real processes, of which some are killed: no post is lost, none is there twice."""

import asyncio
import os
import shlex
import signal
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx2
import pytest
from tests.chaos.rabbit24_running import TOKEN, Chaos, is_ready, its, running, until

SCRIPT = Path(__file__).parents[2] / "docs" / "apps" / "rabbit24.md"


@pytest.fixture
async def chaos(tmp_path: Path) -> AsyncIterator[Chaos]:
    async with running(tmp_path) as chaos:
        yield chaos


@pytest.mark.req("R24-22", "R24-64")
async def test_a_worker_is_killed_while_it_sends(chaos: Chaos) -> None:
    await chaos.fault("slow", seconds=30)
    await chaos.approved("Hello")
    await until(lambda: its(chaos.on_x(), {"Hello": 1}), 20)
    assert await chaos.states() == {"SENDING": 1}
    chaos.worker.process.kill()
    killed = time.monotonic()
    async with chaos.another_worker("worker-2"):
        await until(lambda: chaos.all_published(1), 20)
        print(f"published {time.monotonic() - killed:.2f} s after the kill")
    assert await chaos.on_x() == {"Hello": 1}


@pytest.mark.req("SD-43")
async def test_the_script_of_the_documentation_runs(chaos: Chaos) -> None:
    post = await chaos.written("Dispatched by curl")
    values = {
        "APP": chaos.url,
        "TOKEN": TOKEN,
        "POST": str(post["number"]),
        "CONNECTION": str(chaos.account["connectionId"]),
    }
    said = [await _run(line, values) for line in _script()]
    assert '"scheduleId":' in said[0]
    assert '"status":"' in said[1]
    await until(lambda: chaos.all_published(1), 20)
    assert await chaos.on_x() == {"Dispatched by curl": 1}


@pytest.mark.slow
@pytest.mark.req("R24-22", "R24-62", "SD-39")
async def test_valkey_is_killed_while_posts_are_published(chaos: Chaos) -> None:
    count = 20
    await chaos.fault("slow", times=count, seconds=0.3)
    for number in range(count - 5):
        await chaos.approved(f"Post {number}")
    os.kill(chaos.redis.pid, signal.SIGKILL)
    # This loop restarts Valkey, so as long as it stands still Valkey is away.
    red, approved = _while_away(chaos, range(count - 5, count))
    assert red < 2
    assert approved == [202] * 5
    came_back = time.monotonic()
    await until(lambda: is_ready(chaos.client), 3)
    green = time.monotonic() - came_back
    await until(lambda: chaos.all_published(count), 25)
    done = time.monotonic() - came_back
    print(f"red after {red:.2f} s; back: green after {green:.2f} s, all after {done:.2f} s")
    assert await chaos.on_x() == {f"Post {number}": 1 for number in range(count)}


@pytest.mark.slow
async def test_workers_and_valkey_are_killed_again_and_again(chaos: Chaos) -> None:
    rounds, batch = 5, 10
    for turn in range(rounds):
        async with chaos.another_worker(f"worker-{turn + 2}") as worker:
            faults = ("slow", "5xx_after_commit", "response_lost_after_commit", "slow")
            for fault in faults:
                await chaos.fault(fault, seconds=0.5)
            for number in range(batch):
                await chaos.approved(f"Post {turn}-{number}")
            if turn % 2:
                os.kill(chaos.redis.pid, signal.SIGKILL)
            worker.process.kill()
            await asyncio.sleep(1)
    await until(lambda: chaos.all_published(rounds * batch), 90)
    posts = {f"Post {turn}-{number}": 1 for turn in range(rounds) for number in range(batch)}
    assert await chaos.on_x() == posts


def _script() -> list[str]:
    """Read the page's commands of curl."""
    block = SCRIPT.read_text().partition("By hand, with curl:")[2].partition("```console\n")[2]
    lines = block.partition("```")[0].splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ curl ")]


async def _run(line: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        line = line.replace(f"${name}", value)
    process = await asyncio.create_subprocess_exec(
        *shlex.split(line), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    return (await process.communicate())[0].decode()


def _while_away(chaos: Chaos, numbers: range) -> tuple[float, list[int]]:
    """Wait for readiness to turn red, then approve posts; the event loop stands still."""
    began = time.monotonic()
    token = {"Authorization": f"Bearer {TOKEN}"}
    with httpx2.Client(base_url=chaos.url, headers=token, timeout=10) as client:
        while client.get("/health/ready").status_code == 200:
            assert time.monotonic() - began < 5, "readiness stays green"
            time.sleep(0.02)
        red = time.monotonic() - began
        approved: list[int] = []
        for number in numbers:
            new = {"brandProfileId": chaos.brand, "content": f"Post {number}"}
            post = client.post("/api/posts", json=new).json()["id"]
            approved.append(client.post(f"/api/posts/{post}/approve").status_code)
    return red, approved
