"""Both backends keep the contract."""

import pytest
from tests.hutch_ratelimit.labs import MemoryLab, RedisLab

from hutch_ratelimit.contract import LimiterContract
from hutch_ratelimit.lab import Lab


@pytest.mark.req("R24-30", "R24-33", "XB-08", "XB-09")
class TestInMemory(LimiterContract):
    @pytest.fixture
    def lab(self, memory_lab: MemoryLab) -> Lab:
        return memory_lab


@pytest.mark.req("R24-30", "R24-32", "R24-33", "XB-08", "XB-09", "C-15")
class TestOnRedis(LimiterContract):
    @pytest.fixture
    def lab(self, redis_lab: RedisLab) -> Lab:
        return redis_lab
