import asyncio
import sys
from pathlib import Path

from sqlalchemy import text

from hutch_database import Database

WRITER = Path(__file__).with_name("writer.py")
TIMES = 100


async def test_two_processes_lose_no_write(database: Database, url: str) -> None:
    async with database.session() as session:
        await session.execute(text("CREATE TABLE counter (value INTEGER)"))
        await session.execute(text("CREATE TABLE entry (process INTEGER, number INTEGER)"))
        await session.execute(text("INSERT INTO counter VALUES (0)"))
    writers = await asyncio.gather(*(start(url) for _ in range(2)))
    errors = await asyncio.gather(*(writer.communicate(b"go\n") for writer in writers))
    assert [writer.returncode for writer in writers] == [0, 0], errors
    async with database.session() as session:
        assert await session.scalar(text("SELECT value FROM counter")) == 2 * TIMES
        assert await session.scalar(text("SELECT count(*) FROM entry")) == 2 * TIMES


async def start(url: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    writer = await asyncio.create_subprocess_exec(
        sys.executable, str(WRITER), url, str(TIMES), stdin=pipe, stdout=pipe, stderr=pipe
    )
    assert writer.stdout is not None
    assert await writer.stdout.readline() == b"ready\n"
    return writer
