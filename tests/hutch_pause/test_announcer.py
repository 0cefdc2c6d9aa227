"""The service that tells which pauses have run out, in a running app and in several."""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.hutch_pause.labs import PAUSES, RedisLab

from hutch import Module
from hutch_pause import MemorySwitch, PauseEvent, PauseSettings, PauseSwitch, pause_module
from hutch_pause.announcer import Announcer
from hutch_pause.on_redis import RedisSwitch
from hutch_pubsub import Events, pubsub_module

SHORT = timedelta(milliseconds=150)
app_of = Module("app", imports=[pause_module(), pubsub_module()], exports=[PauseSwitch, Events])


async def next_event(lab: RedisLab, seconds: float = 10) -> PauseEvent | None:
    message = await lab.pubsub.get_message(timeout=seconds)
    return PauseEvent.model_validate_json(message["data"]) if message else None


@pytest.mark.req("SM-18")
async def test_an_app_tells_when_a_pause_runs_out(start: Any) -> None:
    async with (
        start(app_of, services=True, interval=0.05) as app,
        app.get(Events).subscribe(PAUSES) as stream,
        asyncio.timeout(10),
    ):
        await app.get(PauseSwitch).pause("c1", duration=SHORT)
        found = [(await anext(stream)).value for _ in range(2)]
    assert [(event.action, event.reason) for event in found] == [
        ("pause", None),
        ("resume", "expired"),
    ]
    assert found[0].expires_at == found[1].expires_at


PROCESS = """
import asyncio, sys
from contextlib import asynccontextmanager
from hutch_pause import PauseSettings
from hutch_pause.announcer import Announcer
from hutch_pause.on_redis import RedisSwitch
from hutch_redis import RedisSettings, open_redis

async def main():
    url, prefix, channel = sys.argv[1:]
    redis = RedisSettings.model_validate({"url": url, "prefix": prefix})
    settings = PauseSettings(channel=channel, interval=0.02)
    async with asynccontextmanager(open_redis)(redis) as opened:
        async with Announcer(RedisSwitch(opened, settings), settings).running():
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@pytest.mark.req("SM-18", "C-58")
async def test_several_announcers_tell_each_end_once(redis_lab: RedisLab) -> None:
    settings = PauseSettings(channel=redis_lab.settings.channel, interval=0.01)
    switch = RedisSwitch(redis_lab.redis, settings)
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(Announcer(switch, settings).running())
        for number in range(20):
            await switch.pause(f"c{number}", duration=SHORT)
        found = [await next_event(redis_lab) for _ in range(40)]
        assert await next_event(redis_lab, 0.1) is None
    ended = {event.subject for event in found if event and event.action == "resume"}
    assert len(ended) == 20


@pytest.mark.slow
@pytest.mark.req("SM-18", "C-58")
async def test_several_processes_tell_each_end_once_also_of_pauses_from_before_they_began(
    redis_lab: RedisLab, redis_url: str, redis_prefix: str
) -> None:
    switch = RedisSwitch(redis_lab.redis, redis_lab.settings)
    names = [f"c{number}" for number in range(20)]
    for name in names:
        await switch.pause(name, duration=SHORT)
    arguments = "-c", PROCESS, redis_url, redis_prefix, redis_lab.settings.channel
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe)
        for _ in range(3)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            while await process.stdout.readline() != b"ready\n":
                assert process.returncode is None
        found: list[PauseEvent] = []
        while len(found) < 40:
            event = await next_event(redis_lab)
            assert event is not None
            found.append(event)
        assert await next_event(redis_lab, 0.2) is None
    finally:
        for process in processes:
            await process.communicate(b"")
    ended = sorted(event.subject for event in found if event.action == "resume")
    assert ended == sorted(names)


class Flaky(MemorySwitch):
    """Fails so many times, then works."""

    def __init__(self, failures: int) -> None:
        super().__init__(PauseSettings())
        self.failures = failures
        self.calls = 0
        self.worked = asyncio.Event()

    async def announce(self) -> float | None:
        self.calls += 1
        if self.calls <= self.failures:
            raise OSError("away")
        self.worked.set()
        return None


async def test_it_goes_on_after_a_failure_and_logs_each_change_once() -> None:
    switch = Flaky(3)
    with capture_logs() as logs:
        async with Announcer(switch, PauseSettings(interval=0.001)).running():
            await asyncio.wait_for(switch.worked.wait(), 10)
            await asyncio.sleep(0)
    assert [line["event"] for line in logs] == [
        "pauses cannot be announced",
        "pauses are announced again",
    ]
    assert logs[0]["error"] == "OSError"
