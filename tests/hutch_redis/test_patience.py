import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, ResponseError
from structlog.testing import capture_logs

from hutch_redis.patience import Patience, pause_before


@pytest.mark.req("SD-08", "FD-30")
def test_pauses_grow_by_50_ms_up_to_2_s() -> None:
    pauses = [pause_before(n) for n in (1, 2, 20, 40, 41, 10_000)]
    assert pauses == [0.05, 0.1, 1, 2, 2, 2]


class Flaky:
    """Fails so many times, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "PONG"


@pytest.mark.req("R24-03", "SD-09", "C-07")
async def test_repeats_and_logs_each_change_once() -> None:
    patience = Patience("redis://host:6379/0")
    flaky = Flaky(RedisConnectionError("refused"), TimeoutError(), RedisConnectionError("reset"))
    with capture_logs() as logs:
        assert await patience(flaky) == "PONG"
        assert await patience(flaky) == "PONG"
    assert flaky.calls == 5
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("redis is away", "warning"),
        ("redis is back", "info"),
    ]
    assert logs[0]["error"] == "ConnectionError"


async def test_an_answer_that_is_an_error_is_not_repeated() -> None:
    flaky = Flaky(ResponseError("WRONGTYPE"))
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await Patience("x")(flaky)
    assert flaky.calls == 1


async def test_a_server_that_became_a_replica_is_waited_for() -> None:
    flaky = Flaky(ReadOnlyError("You can't write against a read only replica."))
    assert await Patience("x")(flaky) == "PONG"
    assert flaky.calls == 2
