"""What every test shares: one real server, a prefix of its own, the choice of slow tests."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import structlog
from hypothesis import HealthCheck, settings
from tests.postgres import Server, running_postgres

from hutch_redis import EmbeddedServer, Redis, RedisSettings, open_redis
from hutch_redis.testing import temporary_server, unique_prefix

# In a fresh clone hypothesis first makes its tables of characters, and a busy machine is slow.
settings.register_profile("hutch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hutch")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the slow tests too")


def pytest_xdist_auto_num_workers() -> int:
    """Tests mostly wait, so there is one process more than processors."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        items[:] = [item for item in items if item not in slow]
        config.hook.pytest_deselected(items=slow)


@pytest.fixture(scope="session")
async def valkey() -> AsyncIterator[EmbeddedServer]:
    """One server for the whole run; tests keep apart by their prefix."""
    async with temporary_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for the whole run; each test makes a database of its own."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def redis_url(valkey: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server's address; apps that are told it are patient with a busy machine, too."""
    monkeypatch.setenv("HUTCH_REDIS__TIMEOUT", "5")
    return valkey.url


@pytest.fixture
def redis_prefix() -> str:
    return unique_prefix()


@pytest.fixture
async def redis(redis_url: str, redis_prefix: str) -> AsyncIterator[Redis]:
    """Redis as an app sees it, under a prefix of its own, and patient with a busy machine."""
    names = {"url": redis_url, "prefix": redis_prefix, "timeout": 5}
    settings = RedisSettings.model_validate(names)
    async with asynccontextmanager(open_redis)(settings) as opened:
        yield opened


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Undo what a test, or an app that it served, set up for the whole process."""
    names = list(logging.root.manager.loggerDict)
    known = [logging.getLogger(), *map(logging.getLogger, names)]
    state = [(logger, list(logger.handlers), logger.level, logger.propagate) for logger in known]
    structlog_state = structlog.get_config()
    yield
    for logger, handlers, level, propagate in state:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)
    for name in logging.root.manager.loggerDict.keys() - set(names):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.configure(**structlog_state)
