"""The demo's processes: who dies, and who comes after."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from demo.processes import Child, Command, DemoError, child, kept_alive

SLEEPS = ["-n", "1", "-r", "1", "import time; time.sleep(60)"]
FAILS = ["--no-such-option"]


def command(folder: Path, arguments: Sequence[str]) -> Command:
    return Command("worker", folder / "log", "timeit", arguments, {})


async def test_who_is_killed_is_started_again_and_nobody_takes_it_for_the_end(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    async with kept_alive(command(tmp_path, SLEEPS), told.append) as kept:
        for deaths in (1, 2):
            first = kept.process
            first.kill()
            await first.wait()
            kept.check()  # dead, and not yet replaced
            await _replaced(kept, deaths)
            assert kept.process.pid != first.pid
    assert told == ["worker was killed by SIGKILL; started again."] * 2


async def test_who_ends_by_itself_is_the_end(tmp_path: Path) -> None:
    async with kept_alive(command(tmp_path, FAILS), print) as kept:
        assert await kept.process.wait() == 2
        with pytest.raises(DemoError, match=r"worker ended with exit code 2; .*log ends with"):
            kept.check()


async def test_who_is_not_kept_alive_is_missed(tmp_path: Path) -> None:
    async with child(command(tmp_path, SLEEPS)) as one:
        one.check()
        one.process.kill()
        await one.process.wait()
        with pytest.raises(DemoError, match="exit code -9"):
            one.check()


async def _replaced(kept: Child, deaths: int) -> None:
    async with asyncio.timeout(20):
        while kept.deaths < deaths:
            await asyncio.sleep(0.01)
