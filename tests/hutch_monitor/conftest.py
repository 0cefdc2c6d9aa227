from collections.abc import AsyncIterator

import pytest
from tests.hutch_monitor.apps import app, settings

from hutch import bind
from hutch.testing import Testing, testing
from hutch_auth import AuthSettings


@pytest.fixture(autouse=True)
def _redis_of_the_tests(monkeypatch: pytest.MonkeyPatch, redis_url: str, redis_prefix: str) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("REDIS_PREFIX", redis_prefix)


@pytest.fixture
async def t() -> AsyncIterator[Testing]:
    async with testing(app(), bind(AuthSettings).value(settings())) as started:
        yield started
