"""A worker in a process of its own, for tests that kill it."""

import asyncio
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from hutch import App, Inject, Module, Role
from hutch_queue import JobContext, Queue, injected, job, processor, queue_module


@processor("chaos")
@dataclass
class Chaos:
    @job
    async def hang_once(self, file: Path, context: Inject[JobContext] = injected) -> int:
        """Hang at the first attempt, so that somebody can kill the worker."""
        with file.open("a") as lines:
            lines.write(f"{context.attempt}\n")
        if context.attempt == 1:
            await asyncio.sleep(600)
        return context.attempt

    @job
    async def linger(self, file: Path) -> str:
        """Take a while."""
        file.write_text("began")
        await asyncio.sleep(0.5)
        file.write_text("ended")
        return "ended"


chaos = Module("chaos", imports=[queue_module("chaos")], providers=[Chaos], exports=[Queue])


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with App(chaos).started(Role.WORKER):
        print("runs", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
