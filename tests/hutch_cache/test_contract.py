"""Each backend keeps the contract: memory, Redis, and the one of the documentation."""

from pathlib import Path

import pytest
from tests.hutch_cache.file_store import FileStore

from hutch_cache import MemoryStore, RedisStore, Store
from hutch_cache.contract import CacheContract
from hutch_redis import Redis

ROOT = Path(__file__).parents[2]


@pytest.mark.req("FD-10", "FD-11", "FD-12", "FD-33", "R24-41", "SM-34")
class TestInMemory(CacheContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


@pytest.mark.req("FD-09", "FD-10", "FD-11", "FD-12", "FD-33", "R24-41", "SM-34")
class TestOnRedis(CacheContract):
    @pytest.fixture
    def store(self, redis: Redis) -> Store:
        return RedisStore(redis)


class TestInFiles(CacheContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return FileStore(tmp_path)


def test_the_documented_backend_is_the_one_tested_here() -> None:
    page = (ROOT / "docs" / "contribute" / "backend.md").read_text()
    code = (Path(__file__).parent / "file_store.py").read_text().partition('"""\n\n')[2]
    assert code in page
