import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Executable, Integer, MetaData, Table, select, text
from sqlalchemy.exc import OperationalError

from hutch_database import Database, DatabaseUnusable, connect

counter = Table("counter", MetaData(), Column("value", Integer))


@pytest.fixture(autouse=True)
async def table(sqlite: Database) -> None:
    async with sqlite.session() as session:
        await session.execute(text("CREATE TABLE counter (value INTEGER)"))
        await session.execute(text("INSERT INTO counter VALUES (0)"))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let writers wait for 50 ms only."""
    monkeypatch.setitem(sys.modules["hutch_database.sqlite"].CONNECT, "timeout", 0.05)


async def test_every_connection_checks_references_and_waits(sqlite: Database) -> None:
    async with sqlite.session() as session:
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await session.scalar(text("PRAGMA foreign_keys")) == 1
        assert await session.scalar(text("PRAGMA busy_timeout")) == 15_000


async def test_who_has_read_can_write_after_another_one_wrote(sqlite: Database) -> None:
    async with sqlite.session() as session:
        await session.scalar(select(counter.c.value))
        async with sqlite.session() as other:
            await other.execute(text("UPDATE counter SET value = 7"))
        await session.execute(text("UPDATE counter SET value = value + 1"))
    async with sqlite.session() as session:
        assert await session.scalar(select(counter.c.value)) == 8


@pytest.mark.parametrize(
    "statement",
    [
        text("UPDATE counter SET value = 1"),
        text("WITH x AS (SELECT 1) DELETE FROM counter"),
        text("CREATE TABLE x (id INTEGER)"),
        select(counter).with_for_update(),
        text("INSERT INTO counter VALUES (1) RETURNING value").columns(counter.c.value),
        counter.insert().values(value=1),
        counter.insert().values(value=1).returning(counter.c.value),
    ],
    ids=str,
)
async def test_what_writes_takes_the_lock(
    hasty: None, sqlite_url: str, statement: Executable
) -> None:
    async with connect(sqlite_url) as database, database.session() as first:
        await first.execute(statement)
        async with database.session() as second:
            assert await second.scalar(select(counter.c.value)) == 0  # readers do not wait
            with pytest.raises(OperationalError, match="database is locked"):
                await second.execute(text("UPDATE counter SET value = 2"))


@pytest.mark.parametrize(
    "statement",
    [
        text("SELECT value FROM counter"),
        select(counter),
        select(select(counter).cte()),
        select(counter).union_all(select(counter)),
    ],
    ids=str,
)
async def test_what_reads_takes_no_lock(
    hasty: None, sqlite_url: str, statement: Executable
) -> None:
    async with connect(sqlite_url) as database, database.session() as first:
        await first.execute(statement)
        async with database.session() as second:
            await second.execute(text("UPDATE counter SET value = 2"))


async def test_vacuum_runs_outside_of_transactions(sqlite: Database) -> None:
    async with sqlite.session() as session:
        await session.execute(text("VACUUM"))


async def test_a_cancelled_wait_for_the_lock_leaves_no_lock(sqlite: Database) -> None:
    async with sqlite.session() as holder:
        await holder.execute(text("UPDATE counter SET value = 1"))
        waiting = asyncio.create_task(write_two(sqlite))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.1)
        waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with sqlite.session() as session:
        await session.execute(text("UPDATE counter SET value = value + 10"))
        assert await session.scalar(select(counter.c.value)) == 11


async def write_two(database: Database) -> None:
    async with database.session() as session:
        await session.execute(text("UPDATE counter SET value = 2"))


async def test_the_folder_is_made(tmp_path: Path) -> None:
    async with connect(f"sqlite:///{tmp_path / 'new' / 'deep' / 'app.db'}") as database:
        await database.ping()
    assert (tmp_path / "new" / "deep" / "app.db").exists()


async def test_opening_changes_nothing_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 42")
    connection.close()
    async with connect(f"sqlite:///{file}") as database, database.session() as session:
        assert await session.scalar(text("PRAGMA user_version")) == 42


async def refused(url: str, message: str) -> None:
    with pytest.raises(DatabaseUnusable, match=message):
        async with connect(url):
            pass


async def test_a_folder_that_cannot_be_made_is_named() -> None:
    await refused(
        "sqlite:////proc/hutch/app.db", r"folder /proc/hutch .* cannot be made: .*\. Make it"
    )


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "letter.db"
    file.write_text("dear reader, " * 100)
    await refused(f"sqlite:///{file}", "letter.db cannot be used: file is not a database")
    assert file.read_text() == "dear reader, " * 100


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """A folder with a database in it, seen by a user who may only read."""
    folder = Path(tempfile.mkdtemp(prefix="hutch-sqlite-"))
    sqlite3.connect(folder / "old.db").execute("CREATE TABLE x (id)").connection.close()
    folder.chmod(0o555)
    (folder / "old.db").chmod(0o444)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(user)
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["new.db", "old.db"])
async def test_a_read_only_folder_is_refused(read_only_folder: Path, name: str) -> None:
    await refused(f"sqlite:///{read_only_folder / name}", "cannot be used: .* write permission")


async def test_a_full_disk_is_refused(tmp_path: Path) -> None:
    # A limit on the size of files fails writes the way a full disk does.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    try:
        await refused(f"sqlite:///{tmp_path / 'app2.db'}", "cannot be used: .* free space")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)


async def test_a_database_somebody_writes_to_can_be_opened(hasty: None, sqlite: Database) -> None:
    async with sqlite.session() as session:
        await session.execute(text("UPDATE counter SET value = 1"))
        async with connect(f"sqlite:///{sqlite.engine.url.database}") as second:
            await second.ping()
