"""One run of the demo, from the first process to the verdict."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import httpx2
from rich.console import Console

from demo import actors, show
from demo.backends import Vacancy
from demo.folder import DemoFolder
from demo.processes import DemoError
from demo.stack import Stack, started
from demo.story import Story
from demo.verdict import Finding, judge

LOOK = 0.2
"""Seconds between two looks at the processes."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the demo shall do.

    Attributes:
        once: Whether it ends after the verdict; else it keeps serving.
        posts: How many posts it publishes.
        port: Where the app listens; 0 takes a free port.
        seconds: How long publishing may take.
        memory: Whether every backend is in memory.
    """

    once: bool
    posts: int
    port: int
    seconds: int
    memory: bool = False


async def run(order: Order, folder: DemoFolder, console: Console) -> bool:
    """Run the demo; return whether everything came out as it should.

    Raises:
        DemoError: It could not be run.
    """
    what = "the sandbox and rabbit24" if order.memory else "Valkey, the sandbox and rabbit24"
    console.print(f"Starting {what} ...")
    async with started(folder, order.port, memory=order.memory) as stack:
        show.addresses(console, stack)
        complete = await _play(order, stack, console)
        if not complete:
            console.print(f"The logs are in {folder.path / 'logs'}.", soft_wrap=True)
        if not order.once:
            console.print("Serving until Ctrl-C.")
            await _watch(stack)
    return complete


async def _play(order: Order, stack: Stack, console: Console) -> bool:
    story = Story(f"demo-{secrets.token_hex(3)}", order.posts)
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {stack.token}"}
    async with httpx2.AsyncClient(base_url=stack.app, headers=headers, timeout=10) as client:
        try:
            async with asyncio.timeout(order.seconds), _watched(stack):
                await _publish(client, story, console)
        except TimeoutError:
            console.print(f"Not done within {order.seconds} s.")
    async with httpx2.AsyncClient(timeout=10) as client, _watched(stack):
        findings = await judge(story, client, stack.sandbox)
    if isinstance(stack.redis, Vacancy):
        findings.append(Finding("connections to Redis", 0, stack.redis.connections))
    show.summary(console, findings, time.monotonic() - began)
    return all(finding.holds for finding in findings)


async def _publish(client: httpx2.AsyncClient, story: Story, console: Console) -> None:
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(actors.listen(client, story, ready))
        await ready.wait()
        reading = group.create_task(actors.read(client, story))
        group.create_task(actors.write(client, story))
        await show.progress(console, story)
        listening.cancel()
        reading.cancel()


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
        stack.check()
        await asyncio.sleep(LOOK)
