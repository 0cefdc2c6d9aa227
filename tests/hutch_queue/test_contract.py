"""Both backends keep the contract."""

from typing import Any

import pytest

from hutch_queue.contract import QueueContract, Start
from hutch_queue.contracts.admin import AdminContract


@pytest.mark.req("R24-11", "R24-12", "R24-16", "R24-20", "X-08", "X-09", "X-17", "X-19")
class TestInMemory(QueueContract):
    @pytest.fixture
    def start(self, on_memory: Any) -> Start:
        return on_memory()


@pytest.mark.req("R24-09", "R24-11", "R24-12", "R24-16", "R24-20", "R24-21", "X-08", "X-09", "X-19")
class TestOnRedis(QueueContract):
    @pytest.fixture
    def start(self, on_redis: Any) -> Start:
        return on_redis()


@pytest.mark.req("R24-17", "R24-18", "R24-19", "SD-23", "SD-30", "SD-31", "XB-24", "FD-25")
class TestAdminInMemory(AdminContract):
    @pytest.fixture
    def start(self, on_memory: Any) -> Start:
        return on_memory()


@pytest.mark.req("R24-17", "R24-18", "R24-19", "SD-23", "SD-30", "SD-31", "XB-24", "FD-25")
class TestAdminOnRedis(AdminContract):
    @pytest.fixture
    def start(self, on_redis: Any) -> Start:
        return on_redis()
