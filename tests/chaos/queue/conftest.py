"""A server and its workers for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.chaos.queue.crew import Crew, opened_crew


@pytest.fixture
async def crew(tmp_path: Path) -> AsyncIterator[Crew]:
    async with opened_crew(tmp_path) as opened:
        yield opened
