import asyncio
import socket

import pytest
import structlog
from tests.postgres import Server

from hutch_database import DatabaseUnusable, connect


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def refused(url: str, message: str) -> None:
    with pytest.raises(DatabaseUnusable, match=message) as caught:
        async with connect(url):
            pass
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_a_wrong_password_is_refused_at_start(postgres: Server) -> None:
    await refused(
        postgres.url(password="hunter2"),
        r"PostgreSQL refuses postgresql\+asyncpg://postgres:\*\*\*@.*"
        'password authentication failed for user "postgres". Check user, password',
    )


async def test_an_unknown_database_is_refused_at_start(postgres: Server) -> None:
    await refused(postgres.url("nowhere"), 'database "nowhere" does not exist. Check')


async def test_a_server_that_is_not_there_yet_is_waited_for(closed_port: int) -> None:
    with structlog.testing.capture_logs() as logs:
        url = f"postgresql://u:hunter2@127.0.0.1:{closed_port}/db"
        async with connect(url) as database:
            with pytest.raises(OSError, match="Connect call failed"):
                await database.ping()
            assert "hunter2" not in repr(database)
    assert [log["event"] for log in logs] == ["database is not reachable"]
    assert "hunter2" not in str(logs)


async def test_a_server_that_restarted_is_connected_to_again(postgres: Server) -> None:
    async with connect(await postgres.new_database(), pool_size=1) as database:
        await database.ping()
        async with connect(postgres.url()) as other, other.session() as session:
            name = database.engine.url.database
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
            connection = await session.connection()
            await connection.exec_driver_sql(kill.format(name))
        await database.ping()


async def test_who_finds_no_connection_waits_for_one(sqlite_url: str) -> None:
    async with connect(sqlite_url, pool_size=1) as database:
        async with database.session() as session:
            await session.connection()
            waiting = asyncio.create_task(database.ping())
            await asyncio.sleep(0)
            assert not waiting.done()
        await waiting
