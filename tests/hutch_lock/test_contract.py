"""Both backends keep the contract."""

import pytest

from hutch_lock.contract import LockContract, Services
from hutch_lock.once_contract import OnceContract


@pytest.mark.req("C-38")
class TestLocksInMemory(LockContract):
    @pytest.fixture
    def services(self, on_memory: Services) -> Services:
        return on_memory


@pytest.mark.req("XB-16", "XB-17", "C-38")
class TestLocksOnRedis(LockContract):
    @pytest.fixture
    def services(self, on_redis: Services) -> Services:
        return on_redis


class TestOnceInMemory(OnceContract):
    @pytest.fixture
    def services(self, on_memory: Services) -> Services:
        return on_memory


@pytest.mark.req("XB-35", "C-18")
class TestOnceOnRedis(OnceContract):
    @pytest.fixture
    def services(self, on_redis: Services) -> Services:
        return on_redis
