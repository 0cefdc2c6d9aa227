"""Workers of an app that are processes of their own, and are killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from demo.plays.play import Play, Scene


@asynccontextmanager
async def worker(app: str, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker; it is killed at the end at the latest."""
    with (folder / "worker.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hutch", "run", app, "--role", "worker",
            stdout=log, stderr=log, env=dict(os.environ),
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def holds_while_killed(
    play: Play, scene: Scene, folder: Path, lives: Sequence[float]
) -> None:
    """Play while one worker after the other is killed; then everything is as it should be.

    Args:
        play: Its app runs already, without a worker.
        scene: Where.
        folder: For the log of the workers.
        lives: After how many seconds each worker is killed. After them comes one that lives on.
    """
    killing = asyncio.create_task(_one_after_the_other(play.app, folder, lives))
    try:
        await play.run(scene)
        findings = await play.judge(scene)
    finally:
        killing.cancel()
        await asyncio.wait([killing])
    assert [found for found in findings if not found.holds] == []


async def _one_after_the_other(app: str, folder: Path, lives: Sequence[float]) -> None:
    for seconds in (*lives, None):
        async with worker(app, folder) as process:
            await asyncio.wait([asyncio.create_task(process.wait())], timeout=seconds)


def scene_of(client: httpx2.AsyncClient, sandbox: str, token: str) -> Scene:
    """Play at the app that the client speaks to."""
    return Scene("killed", str(client.base_url).rstrip("/"), sandbox, client, token)
