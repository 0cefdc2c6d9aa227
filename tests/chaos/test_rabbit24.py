"""Rabbit24 as real processes, of which some are killed: no post is lost, none is there twice."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from demo.folder import DemoFolder
from demo.processes import Child, child
from demo.stack import Stack, started

BRAND = "chaos"


@dataclass(frozen=True)
class Chaos:
    """The running demo, and what is done to it."""

    stack: Stack
    folder: DemoFolder
    client: httpx2.AsyncClient

    @property
    def worker(self) -> Child:
        return self.stack.children[-1]

    async def approved(self, content: str) -> str:
        new = {"brandProfileId": BRAND, "content": content}
        post = (await self.client.post("/api/posts", json=new)).raise_for_status().json()["id"]
        (await self.client.post(f"/api/posts/{post}/approve")).raise_for_status()
        return str(post)

    async def states(self) -> Counter[str]:
        query = {"brandProfileId": BRAND, "limit": "200"}
        posts = (await self.client.get("/api/posts", params=query)).raise_for_status().json()
        return Counter(
            publication["state"] for post in posts for publication in post["publications"]
        )

    async def on_x(self) -> Counter[str]:
        state = (await self.client.get(f"{self.stack.sandbox}/_sandbox/state")).json()
        return Counter(post["text"] for post in state["x"]["posts"])

    async def fault(self, fault: str, **more: Any) -> None:
        order = {"platform": "x", "fault": fault} | more
        url = f"{self.stack.sandbox}/_sandbox/faults"
        (await self.client.post(url, json=order)).raise_for_status()

    async def all_published(self, count: int) -> bool:
        return await self.states() == {"PUBLISHED": count}

    @asynccontextmanager
    async def another_worker(self, name: str) -> AsyncIterator[Child]:
        env = {n: v for n, v in self.stack.env.items() if n != "HUTCH_HTTP__HEALTH_PORT"}
        arguments = ["run", "rabbit24", "--role", "worker"]
        async with child(name, self.folder.log(name), "hutch", arguments, env) as worker:
            yield worker


@pytest.fixture
async def chaos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Chaos]:
    monkeypatch.setenv("HUTCH_QUEUE__LEASE", "2")
    monkeypatch.setenv("HUTCH_RABBIT24__SENDING_LEASE", "3")
    monkeypatch.setenv("HUTCH_RABBIT24__SWEEP_AFTER", "2")
    with DemoFolder(tmp_path) as folder:
        async with started(folder, 0) as stack:
            headers = {"Authorization": f"Bearer {stack.token}"}
            async with httpx2.AsyncClient(
                base_url=stack.app, headers=headers, timeout=10
            ) as client:
                yield Chaos(stack, folder, client)


@pytest.mark.req("R24-22")
async def test_a_worker_is_killed_while_it_sends(chaos: Chaos) -> None:
    await chaos.fault("slow", seconds=30)
    await chaos.approved("Hello")
    await until(lambda: _is(chaos.on_x(), {"Hello": 1}), 10)
    assert await chaos.states() == {"SENDING": 1}
    chaos.worker.process.kill()
    killed = time.monotonic()
    async with chaos.another_worker("worker-2"):
        await until(lambda: chaos.all_published(1), 20)
        print(f"published {time.monotonic() - killed:.2f} s after the kill")
    assert await chaos.on_x() == {"Hello": 1}


@pytest.mark.slow
@pytest.mark.req("R24-22")
async def test_valkey_is_killed_while_posts_are_published(chaos: Chaos) -> None:
    count = 20
    await chaos.fault("slow", times=count, seconds=0.3)
    for number in range(count - 5):
        await chaos.approved(f"Post {number}")
    os.kill(chaos.stack.redis.pid, signal.SIGKILL)
    # This loop restarts Valkey, so as long as it stands still Valkey is away.
    red, approved = _while_away(chaos, range(count - 5, count))
    assert red < 2
    assert approved == [202] * 5
    came_back = time.monotonic()
    await until(lambda: _is_ready(chaos), 3)
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
                os.kill(chaos.stack.redis.pid, signal.SIGKILL)
            worker.process.kill()
            await asyncio.sleep(1)
    await until(lambda: chaos.all_published(rounds * batch), 90)
    posts = {f"Post {turn}-{number}": 1 for turn in range(rounds) for number in range(batch)}
    assert await chaos.on_x() == posts


def _while_away(chaos: Chaos, numbers: range) -> tuple[float, list[int]]:
    """Wait for readiness to turn red, then approve posts; the event loop stands still."""
    began = time.monotonic()
    token = {"Authorization": f"Bearer {chaos.stack.token}"}
    with httpx2.Client(base_url=chaos.stack.app, headers=token, timeout=10) as client:
        while client.get("/health/ready").status_code == 200:
            assert time.monotonic() - began < 5, "readiness stays green"
            time.sleep(0.02)
        red = time.monotonic() - began
        approved: list[int] = []
        for number in numbers:
            new = {"brandProfileId": BRAND, "content": f"Post {number}"}
            post = client.post("/api/posts", json=new).json()["id"]
            approved.append(client.post(f"/api/posts/{post}/approve").status_code)
    return red, approved


async def _is_ready(chaos: Chaos) -> bool:
    return (await chaos.client.get("/health/ready")).status_code == 200


async def _is(awaited: Awaitable[object], expected: object) -> bool:
    return await awaited == expected


async def until(condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.05)
