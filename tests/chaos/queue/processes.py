"""Processes: children that are signalled, and that never outlive the test."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.queue.journal import journal_of

ROOT = Path(__file__).resolve().parents[3]
TARGET = "tests.chaos.queue.app:app"


async def start(command: list[str], log: Path, env: Mapping[str, str] | None = None) -> Process:
    """Start a program that is killed with us; what it prints is appended to the log."""
    setpriv = shutil.which("setpriv")
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *([setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []),
            *command,
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | dict(env or {}),
            cwd=ROOT,
            start_new_session=True,
        )


@dataclass(slots=True)
class Worker:
    """A worker process, started anew when somebody ended it.

    Attributes:
        name: What the test calls it.
        url: Where its Redis is.
        folder: Of the journals and of its log.
        env: What else it is told.
    """

    name: str
    url: str
    folder: Path
    env: Mapping[str, str]
    process: Process | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def is_dead(self) -> bool:
        """Whether the process has ended."""
        return self.process is not None and self.process.returncode is not None

    @property
    def is_ready(self) -> bool:
        """Whether it lives and has run a job."""
        journal = journal_of(self.folder, self.pid)
        return not self.is_dead and journal.exists() and journal.stat().st_size > 0

    async def start(self, role: str = "worker", *arguments: str) -> None:
        """Start the process as users do."""
        env = {
            "REDIS_URL": self.url,
            "HUTCH_CHAOS__FOLDER": str(self.folder),
            "HUTCH_QUEUE__BACKEND": "redis",
            **self.env,
        }
        command = [sys.executable, "-m", "hutch", "run", TARGET, "--role", role, *arguments]
        self.process = await start(command, self.log, env)

    def send(self, number: signal.Signals) -> float:
        """Send a signal; return the time."""
        assert self.process is not None
        at = time.monotonic()
        self.process.send_signal(number)
        return at

    async def ended(self, seconds: float = 20) -> int:
        """Wait for the process to end; return its exit code."""
        assert self.process is not None
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    async def logged(self, text: str, seconds: float = 20) -> None:
        """Wait until it has printed something."""
        async with asyncio.timeout(seconds):
            while text not in self.log.read_text():
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End the process if it still runs."""
        if self.process is not None and not self.is_dead:
            self.process.kill()
            await self.process.wait()
