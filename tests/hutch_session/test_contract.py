"""Both backends keep the contract."""

import pytest

from hutch_session.contract import CredentialsContract, SessionsContract
from hutch_session.lab import CredentialLab, Lab, Start
from hutch_session.revocation_contract import logout_round


@pytest.mark.req("R24-55", "R24-56", "R24-58", "R24-59", "FD-06")
class TestInMemory(SessionsContract):
    @pytest.fixture
    def start(self, on_memory: Start) -> Start:
        return on_memory


@pytest.mark.req("R24-55", "R24-56", "R24-58", "R24-59", "FD-06")
class TestOnRedis(SessionsContract):
    @pytest.fixture
    def start(self, on_redis: Start) -> Start:
        return on_redis


@pytest.mark.req("SM-01")
class TestCredentialsInMemory(CredentialsContract):
    @pytest.fixture
    def lab(self, memory_credentials: CredentialLab) -> CredentialLab:
        return memory_credentials


@pytest.mark.req("SM-01")
class TestCredentialsOnRedis(CredentialsContract):
    @pytest.fixture
    def lab(self, redis_credentials: CredentialLab) -> CredentialLab:
        return redis_credentials


@pytest.mark.slow
async def test_a_logout_wins_against_writers_fifty_times(on_redis: Start) -> None:
    async with on_redis() as lab:
        assert isinstance(lab, Lab)
        for _ in range(50):
            await logout_round(lab)
