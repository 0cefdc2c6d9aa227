"""An app whose jobs refuse to end, for a worker in a process of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from hutch import App, Module
from hutch_queue import ChunkItem, Queue, QueueAdmin, chunk, job, processor, queue_module

STUBBORN = ("stubborn", "stubborn-chunks")


@processor("stubborn", concurrency=5)
@dataclass
class Stubborn:
    @job(timeout=3600)
    async def swallow(self) -> None:
        """Swallow its cancellation, each time."""
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue

    @job(timeout=3600)
    async def swallow_all(self) -> None:
        """Swallow whatever there is."""
        while True:
            try:
                await asyncio.sleep(3600)
            except:  # noqa: E722
                continue

    @job(timeout=3600)
    def sleep(self) -> None:
        """Sleep in a thread, which nothing can end."""
        time.sleep(3600)


@processor("stubborn-chunks")
@dataclass
class StubbornChunks:
    @chunk(size=2, timeout=3600)
    async def swallow(self, items: Sequence[ChunkItem[int, None]]) -> None:
        """Swallow its cancellation, for several jobs."""
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue


stubborn = Module(
    "stubborn",
    imports=[queue_module(*STUBBORN)],
    providers=[Stubborn, StubbornChunks],
    exports=[Queue, QueueAdmin],
)
app = App(stubborn)
