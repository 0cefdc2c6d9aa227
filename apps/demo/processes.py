"""Child processes that never outlive the demo."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

STOP_SECONDS = 15


class DemoError(Exception):
    """The demo cannot go on; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a process is started.

    Attributes:
        name: What the demo calls it.
        log: Where it writes.
        module: What ``python -m`` runs.
        arguments: What it is told.
        env: What its environment has beside the demo's own.
    """

    name: str
    log: Path
    module: str
    arguments: Sequence[str]
    env: Mapping[str, str]

    async def start(self) -> asyncio.subprocess.Process:
        """Start it.

        When the demo itself is killed, it is killed too (on Linux).
        """
        command = [*_killed_with_parent(), sys.executable, "-m", self.module, *self.arguments]
        with self.log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | dict(self.env),
                # Ctrl-C is for the demo, which then stops its children in order.
                start_new_session=True,
            )


@dataclass(slots=True)
class Child:
    """A process of the demo.

    Attributes:
        name: What the demo calls it.
        log: Where it writes.
        process: It, or the one that took its place.
        deaths: How often it was killed and took its place.
        revives: Whether one that a signal kills is replaced.
    """

    name: str
    log: Path
    process: asyncio.subprocess.Process
    deaths: int = 0
    revives: bool = False

    def check(self) -> None:
        """Tell that it ended, when it did, and none takes its place.

        Raises:
            DemoError: It ended; the message has its last lines.
        """
        code = self.process.returncode
        if code is None or (self.revives and code < 0):
            return
        lines = self.log.read_text(errors="replace").splitlines()[-12:]
        raise DemoError(
            f"{self.name} ended with exit code {code}; {self.log} ends with:\n  "
            + "\n  ".join(lines)
        )


@asynccontextmanager
async def child(command: Command) -> AsyncGenerator[Child]:
    """Run a process until the block ends, then stop it in peace."""
    command.log.unlink(missing_ok=True)
    started = Child(command.name, command.log, await command.start())
    try:
        yield started
    finally:
        await _stop(started.process)


@asynccontextmanager
async def kept_alive(command: Command, told: Callable[[str], None]) -> AsyncGenerator[Child]:
    """Run a process until the block ends; where a signal kills it, start it again.

    Args:
        command: How it is started.
        told: Hears of each death.
    """
    async with child(command) as kept:
        kept.revives = True
        keeping = asyncio.create_task(_keep(kept, command, told))
        try:
            yield kept
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])


async def _keep(kept: Child, command: Command, told: Callable[[str], None]) -> None:
    while (await kept.process.wait()) < 0:
        killed_by = signal.Signals(-(kept.process.returncode or 0)).name
        kept.process = await command.start()
        kept.deaths += 1
        told(f"{kept.name} was killed by {killed_by}; started again.")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _killed_with_parent() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
