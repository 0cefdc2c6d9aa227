"""One run of the demo, from the first process to the verdict."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import cast

import httpx2
from rich.console import Console

from demo import show
from demo.backends import Vacancy
from demo.folder import DemoFolder
from demo.plays import PLAYS, Play, Scene
from demo.processes import DemoError
from demo.stack import Stack, started
from demo.verdict import Finding

LOOK = 0.2
"""Seconds between two looks at the processes."""
JUDGING = 90.0
"""Seconds in which a play has to be judged: more than it asks anybody for an answer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the demo shall do.

    Attributes:
        apps: Which apps run.
        once: Whether it ends after the verdict; else it keeps serving.
        port: Where the house listens; 0 takes a free port.
        seconds: How long the plays may take.
        memory: Whether every backend is in memory.
    """

    apps: tuple[str, ...]
    once: bool
    port: int
    seconds: int
    memory: bool = False


async def run(order: Order, folder: DemoFolder, console: Console) -> bool:
    """Run the demo; return whether everything came out as it should.

    Raises:
        DemoError: It could not be run.
    """
    plays = [PLAYS[name]() for name in order.apps]
    what = "the sandbox" if order.memory else "Valkey, the sandbox"
    console.print(f"Starting {what} and {', '.join(order.apps)} ...")
    starting = started(folder, order.port, plays, console.print, memory=order.memory)
    async with starting as stack:
        show.addresses(console, stack, order.apps)
        complete = await _perform(order, plays, stack, console)
        if not complete:
            console.print(f"The logs are in {folder.path / 'logs'}.", soft_wrap=True)
        if not order.once:
            console.print("Serving until Ctrl-C.")
            await _watch(stack)
    return complete


async def _perform(order: Order, plays: Sequence[Play], stack: Stack, console: Console) -> bool:
    began = time.monotonic()
    async with AsyncExitStack() as clients:
        scenes = [await clients.enter_async_context(_scene(play, stack)) for play in plays]
        try:
            async with asyncio.timeout(order.seconds), _watched(stack):
                await _play(plays, scenes, console)
        except TimeoutError:
            console.print(f"Not done within {order.seconds} s.")
        async with _watched(stack):
            pairs = zip(plays, scenes, strict=True)
            findings = {play.app: await _judged(play, scene) for play, scene in pairs}
    if isinstance(stack.redis, Vacancy):
        findings["all"] = [Finding("connections to Redis", 0, stack.redis.connections)]
    show.summary(console, findings, time.monotonic() - began)
    return all(finding.holds for found in findings.values() for finding in found)


async def _judged(play: Play, scene: Scene) -> list[Finding]:
    """Judge a play; one that waits for what never comes is wrong, and the others are judged."""
    try:
        async with asyncio.timeout(JUDGING):
            return await play.judge(scene)
    except TimeoutError:
        why = "it answered, but never with what was waited for"
        return [Finding(f"judged within {JUDGING:g} s", 1, 0, why)]


@asynccontextmanager
async def _scene(play: Play, stack: Stack) -> AsyncGenerator[Scene]:
    url = f"{stack.url}/{play.app}"
    headers = {"authorization": f"Bearer {stack.token}"}
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=10) as client:
        run = f"demo-{secrets.token_hex(3)}"
        yield Scene(run, url, stack.sandbox, client, stack.token, stack.deaths)


async def _play(plays: Sequence[Play], scenes: Sequence[Scene], console: Console) -> None:
    async with asyncio.TaskGroup() as group:
        showing = group.create_task(show.progress(console, plays))
        pairs = zip(plays, scenes, strict=True)
        running = [group.create_task(play.run(scene)) for play, scene in pairs]
        await asyncio.gather(*running)
        await asyncio.sleep(show.REFRESH)
        showing.cancel()


@asynccontextmanager
async def _watched(stack: Stack) -> AsyncGenerator[None]:
    """Break off when a process ends, or what it serves fails.

    Raises:
        DemoError: Says which, and why.
    """
    try:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(_watch(stack))
            yield
            watching.cancel()
    except ExceptionGroup as errors:
        error = _first(errors)
        if not isinstance(error, DemoError | httpx2.HTTPError):
            raise
        if isinstance(error, httpx2.HTTPError):
            # Whoever asks may notice an end before the watch does, and know less about it.
            await asyncio.sleep(LOOK)
            stack.check()
            error = DemoError(f"What the demo asked has failed: {type(error).__name__}: {error}")
        raise error from None


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    error = errors.exceptions[0]
    if isinstance(error, ExceptionGroup):
        return _first(cast("ExceptionGroup[Exception]", error))
    return error


async def _watch(stack: Stack) -> None:
    while True:
        await asyncio.sleep(LOOK)
        stack.check()
