"""Both backends keep the contract."""

import pytest
from tests.hutch_pause.labs import MemoryLab, RedisLab

from hutch_pause.contract import PauseContract
from hutch_pause.lab import Lab


@pytest.mark.req("SM-05", "SM-12", "SM-13", "SM-14", "SM-16", "SM-17", "SM-18")
class TestInMemory(PauseContract):
    @pytest.fixture
    def lab(self, memory_lab: MemoryLab) -> Lab:
        return memory_lab


@pytest.mark.req("SM-05", "SM-12", "SM-13", "SM-14", "SM-16", "SM-17", "SM-18", "C-54", "C-58")
class TestOnRedis(PauseContract):
    @pytest.fixture
    def lab(self, redis_lab: RedisLab) -> Lab:
        return redis_lab


class TestOnRedisWithEventsElsewhere(PauseContract):
    @pytest.fixture
    def lab(self, apart_lab: RedisLab) -> Lab:
        return apart_lab
