"""The ``hutch`` command in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import AsyncClient

from hutch.cli.main import main

APPS = Path(__file__).parent.parent / "apps"
HUTCH = str(Path(sys.executable).parent / "hutch")
PATIENCE = 20

Run = Callable[..., AbstractAsyncContextManager["Process"]]


def outside() -> dict[str, str]:
    """The environment without settings of our own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HUTCH")}


@dataclass(frozen=True)
class Result:
    """What a finished command wrote."""

    code: int
    out: str
    err: str


class Process:
    """A running ``hutch``, which logs JSON to its standard error."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def step(self) -> str:
        """Return the next line that the app prints."""
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)).decode().strip()

    async def logged(self, event: str) -> dict[str, str]:
        """Wait for a line of the log."""
        found: dict[str, str] = json.loads(await self.wrote(f'"event":"{event}"'))
        return found

    async def wrote(self, text: str) -> str:
        """Wait for a line of the standard error that contains a text."""
        assert self._process.stderr is not None
        while line := await asyncio.wait_for(self._process.stderr.readline(), PATIENCE):
            if text in line.decode():
                return line.decode()
        raise AssertionError(f"the process ended without writing {text!r}")

    async def client(self) -> AsyncClient:
        """Wait until the app serves, and speak HTTP to it."""
        return AsyncClient(base_url=(await self.logged("started"))["url"])

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self._process.send_signal(number)

    async def ended(self) -> Result:
        """Wait for the end."""
        out, err = await asyncio.wait_for(self._process.communicate(), PATIENCE)
        assert self._process.returncode is not None
        return Result(self._process.returncode, out.decode(), err.decode())

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()


@pytest.fixture
def hutch() -> Run:
    """Start ``hutch`` among the test apps; variables are set by keyword."""

    @asynccontextmanager
    async def run(*arguments: str, cwd: Path = APPS, **variables: str) -> AsyncIterator[Process]:
        clean = outside()
        process = Process(
            await asyncio.create_subprocess_exec(
                HUTCH,
                *arguments,
                cwd=cwd,
                env=clean | {"HUTCH_LOG__FORMAT": "json"} | variables,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        )
        try:
            yield process
        finally:
            process.kill()
            await process.ended()

    return run


@pytest.fixture
def call(hutch: Run) -> Callable[..., Awaitable[Result]]:
    """Run ``hutch`` to its end."""

    async def run(*arguments: str, cwd: Path = APPS, **variables: str) -> Result:
        async with hutch(*arguments, cwd=cwd, **variables) as process:
            return await process.ended()

    return run


@pytest.fixture
def here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Run ``hutch`` in this process, which is quicker."""

    def run(*arguments: str, **variables: str) -> Result:
        monkeypatch.chdir(APPS)
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.setattr(sys, "argv", ["hutch", *arguments])
        monkeypatch.setattr(os, "environ", outside() | variables)
        with pytest.raises(SystemExit) as caught:
            main()
        monkeypatch.undo()
        out, err = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return Result(caught.value.code, out, err)

    return run
