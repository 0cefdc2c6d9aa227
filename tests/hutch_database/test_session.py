import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hutch_database import Database


@pytest.fixture(autouse=True)
async def table(database: Database) -> None:
    async with database.session() as session:
        await session.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY)"))


async def add(database: Database, number: int) -> None:
    async with database.session() as session:
        await session.execute(text("INSERT INTO note VALUES (:id)"), {"id": number})


async def notes(database: Database) -> list[int]:
    async with database.session() as session:
        return list(await session.scalars(text("SELECT id FROM note ORDER BY id")))


async def test_a_session_commits_when_its_block_ends(database: Database) -> None:
    await add(database, 1)
    assert await notes(database) == [1]


async def test_an_error_rolls_back(database: Database) -> None:
    with pytest.raises(RuntimeError, match="on purpose"):
        async with database.session() as session:
            await session.execute(text("INSERT INTO note VALUES (1)"))
            raise RuntimeError("on purpose")
    assert await notes(database) == []


async def test_cancellation_rolls_back(database: Database) -> None:
    written = asyncio.Event()

    async def handler() -> None:
        async with database.session() as session:
            await session.execute(text("INSERT INTO note VALUES (1)"))
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(handler())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await notes(database) == []
    await add(database, 2)  # nothing is locked
    assert await notes(database) == [2]


async def test_a_handler_may_commit_earlier_and_go_on(database: Database) -> None:
    with pytest.raises(RuntimeError, match="late"):
        async with database.session() as session:
            await session.execute(text("INSERT INTO note VALUES (1)"))
            await session.commit()
            await session.execute(text("INSERT INTO note VALUES (2)"))
            raise RuntimeError("late")
    assert await notes(database) == [1]


async def test_a_savepoint_rolls_back_alone(database: Database) -> None:
    async with database.session() as session:
        await session.execute(text("INSERT INTO note VALUES (1)"))
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await session.execute(text("INSERT INTO note VALUES (1)"))
        await session.execute(text("INSERT INTO note VALUES (2)"))
    assert await notes(database) == [1, 2]


async def test_a_savepoint_before_any_write_belongs_to_the_session(database: Database) -> None:
    with pytest.raises(RuntimeError, match="after"):
        async with database.session() as session:
            async with session.begin_nested():
                await session.execute(text("INSERT INTO note VALUES (1)"))
            raise RuntimeError("after")
    assert await notes(database) == []


async def test_tables_made_in_a_failing_session_are_gone(database: Database) -> None:
    with pytest.raises(RuntimeError, match="ddl"):
        async with database.session() as session:
            await session.execute(text("CREATE TABLE other (id INTEGER)"))
            await session.execute(text("INSERT INTO other VALUES (1)"))
            raise RuntimeError("ddl")
    await add(database, 1)
    async with database.session() as session:
        await session.execute(text("CREATE TABLE other (id INTEGER)"))


async def test_sessions_do_not_see_each_others_uncommitted_rows(database: Database) -> None:
    async with database.session() as session:
        await session.execute(text("INSERT INTO note VALUES (1)"))
        assert await notes(database) == []
    assert await notes(database) == [1]


async def test_a_session_reads_what_was_committed_meanwhile(database: Database) -> None:
    count = text("SELECT count(*) FROM note")
    async with database.session() as session:
        assert await session.scalar(count) == 0
        await add(database, 1)
        assert await session.scalar(count) == 1
        await session.execute(text("INSERT INTO note VALUES (2)"))
    assert await notes(database) == [1, 2]


async def test_an_error_does_not_quote_what_was_to_be_stored(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught:
        async with database.session() as session:
            statement = text("INSERT INTO note SELECT :id WHERE :secret = :secret")
            values = {"id": 1, "secret": "anna@example.org"}
            await session.execute(statement, values)
            await session.execute(statement, values)
    assert "anna@example.org" not in str(caught.value)
