"""Both backends keep the contract of the features."""

from typing import Any

import pytest

from hutch_queue.contract import Start
from hutch_queue.contracts.chunks import ChunkContract
from hutch_queue.contracts.flows import FlowContract
from hutch_queue.contracts.limits import LimitsContract
from hutch_queue.contracts.options import OptionsContract
from hutch_queue.contracts.runs import RunContract


class TestOptionsInMemory(OptionsContract):
    @pytest.fixture
    def start(self, on_memory: Any) -> Start:
        return on_memory()


class TestOptionsOnRedis(OptionsContract):
    @pytest.fixture
    def start(self, on_redis: Any) -> Start:
        return on_redis()


class TestLimitsInMemory(LimitsContract):
    @pytest.fixture
    def start(self, on_memory: Any) -> Start:
        return on_memory()


class TestLimitsOnRedis(LimitsContract):
    @pytest.fixture
    def start(self, on_redis: Any) -> Start:
        return on_redis()


class TestFlowsInMemory(FlowContract):
    @pytest.fixture
    def start(self, on_memory: Any) -> Start:
        return on_memory()


class TestFlowsOnRedis(FlowContract):
    @pytest.fixture
    def start(self, on_redis: Any) -> Start:
        return on_redis()


class TestChunksInMemory(ChunkContract):
    @pytest.fixture
    def start(self, on_memory: Any) -> Start:
        return on_memory()


class TestChunksOnRedis(ChunkContract):
    @pytest.fixture
    def start(self, on_redis: Any) -> Start:
        return on_redis()


class TestRunsInMemory(RunContract):
    @pytest.fixture
    def start(self, on_memory: Any) -> Start:
        return on_memory()


class TestRunsOnRedis(RunContract):
    @pytest.fixture
    def start(self, on_redis: Any) -> Start:
        return on_redis()
