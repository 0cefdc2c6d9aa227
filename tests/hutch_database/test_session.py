import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hutch_database import Database


async def fail_after(database: Database, *statements: str, commit_first: bool = False) -> None:
    """Run statements in a session whose block raises at its end."""
    async with database.session() as session:
        for number, statement in enumerate(statements):
            await session.execute(text(statement))
            if commit_first and number == 0:
                await session.commit()
        raise RuntimeError("on purpose")


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
        await fail_after(database, "INSERT INTO note VALUES (1)")
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
    one, two = "INSERT INTO note VALUES (1)", "INSERT INTO note VALUES (2)"
    with pytest.raises(RuntimeError, match="on purpose"):
        await fail_after(database, one, two, commit_first=True)
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
    async with database.session() as session:
        async with session.begin_nested():
            await session.execute(text("INSERT INTO note VALUES (1)"))
        await session.rollback()
    assert await notes(database) == []


async def test_tables_made_in_a_failing_session_are_gone(database: Database) -> None:
    create = "CREATE TABLE other (id INTEGER)"
    with pytest.raises(RuntimeError, match="on purpose"):
        await fail_after(database, create, "INSERT INTO other VALUES (1)")
    async with database.session() as session:
        await session.execute(text(create))


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
    statement = text("INSERT INTO note SELECT 1 WHERE :secret = 'anna@example.org'")
    async with database.session() as session:
        await session.execute(statement, {"secret": "anna@example.org"})
        with pytest.raises(IntegrityError) as caught:
            await session.execute(statement, {"secret": "anna@example.org"})
        await session.rollback()
    assert "parameters hidden" in str(caught.value)
