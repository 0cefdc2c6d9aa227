"""Both backends keep the contract."""

import pytest

from hutch_metrics.contract import StatsContract
from hutch_metrics.in_memory import MemoryStats
from hutch_metrics.on_redis import RedisStats
from hutch_metrics.stats import Stats
from hutch_redis import Redis


@pytest.mark.req("C-37")
class TestInMemory(StatsContract):
    @pytest.fixture
    def stats(self) -> Stats:
        return MemoryStats()


@pytest.mark.req("XB-18", "XB-19", "C-37")
class TestOnRedis(StatsContract):
    @pytest.fixture
    def stats(self, redis: Redis) -> Stats:
        return RedisStats(redis)
