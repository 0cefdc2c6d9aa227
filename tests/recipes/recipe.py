"""A recipe of the documentation, written into a folder of its own and run there."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("HUTCH_", "REDIS_", "DATABASE_", "PYTEST_", "COVERAGE_")
_BLOCK = re.compile(r'^```[^\n]*\btitle="([^"]+)"[^\n]*\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r"url=(http://\S+)")


def files_of(name: str) -> dict[str, str]:
    """The files that a recipe shows, by the title of their blocks."""
    page = (ROOT / "docs" / "recipes" / name).read_text("utf-8")
    return dict(_BLOCK.findall(page))


def write(files: dict[str, str], folder: Path) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def environment(**more: str) -> dict[str, str]:
    """This process's variables, without those that would reach into an app or a test run."""
    return {k: v for k, v in os.environ.items() if not k.startswith(OURS)} | more


@asynccontextmanager
async def served(app: str, folder: Path, **variables: str) -> AsyncIterator[str]:
    """Run ``hutch run`` in a folder; yield the address, and see it stop well."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hutch", "run", app, "--port", "0"),
        cwd=folder,
        env=environment(**variables),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    try:
        async with asyncio.timeout(30):
            address = await _address(process.stderr)
        rest = asyncio.create_task(process.stderr.read())
        yield address
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            log = await rest
        assert await process.wait() == 0, log.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _address(log: asyncio.StreamReader) -> str:
    seen = b""
    async for line in log:
        seen += line
        if found := _ADDRESS.search(line.decode()):
            return found[1]
    raise AssertionError(f"it ended before it served:\n{seen.decode()}")
