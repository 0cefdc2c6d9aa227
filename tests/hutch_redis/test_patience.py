import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from structlog.testing import capture_logs

from hutch_redis import RedisSettings, cannot_serve, open_redis
from hutch_redis.patience import Patience, pause_before
from hutch_redis.testing import temporary_server


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


@pytest.mark.req("SD-08")
async def test_each_new_attempt_waits_longer_and_the_next_call_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    patience = Patience("x")
    for _ in range(2):
        waited.clear()
        assert await patience(Flaky(*[TimeoutError()] * 45)) == "PONG"
        longest = [min(times * 50, 2000) / 1000 for times in range(1, 46)]
        assert len(waited) == 45
        for pause, most in zip(waited, longest, strict=True):
            assert most / 2 <= pause <= most


async def test_an_answer_that_is_an_error_is_not_repeated() -> None:
    flaky = Flaky(ResponseError("WRONGTYPE"))
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await Patience("x")(flaky)
    assert flaky.calls == 1


async def test_a_server_that_became_a_replica_is_waited_for() -> None:
    flaky = Flaky(ReadOnlyError("You can't write against a read only replica."))
    assert await Patience("x")(flaky) == "PONG"
    assert flaky.calls == 2


def test_what_means_that_the_server_cannot_serve_now() -> None:
    for error in (
        RedisConnectionError("refused"),
        RedisTimeoutError("slow"),
        TimeoutError(),
        ReadOnlyError("You can't write against a read only replica."),
        OutOfMemoryError("command not allowed"),
    ):
        assert cannot_serve(error)
    for error in (
        ResponseError("WRONGTYPE Operation against a key"),
        ResponseError("ERR MISCONF is not what this is about"),
        ResponseError("BUSYGROUP Consumer Group name already exists"),
        NoPermissionError("no permissions"),
        ValueError("NOREPLICAS"),
    ):
        assert not cannot_serve(error)


async def error_of(client: Any, *, script: bool) -> Exception:
    """Return why the server refuses a write, alone or in a script."""
    write = "SET", "x", "1"
    lua = "return redis.call(unpack(ARGV))"
    command = ("EVAL", lua, "0", *write) if script else write
    with pytest.raises(ResponseError) as raised:
        await client.execute_command(*command)
    return raised.value


async def test_servers_that_refuse_writes_cannot_serve() -> None:
    async with temporary_server() as server:
        settings = RedisSettings.model_validate({"url": server.url, "timeout": 10})
        async with asynccontextmanager(open_redis)(settings) as redis:
            client: Any = redis.state
            for setting, value, usual, code in (
                ("min-replicas-to-write", "1", "0", "NOREPLICAS"),
                ("maxmemory", "1", "0", ""),
            ):
                await client.config_set(setting, value)
                for script in (False, True):
                    error = await error_of(client, script=script)
                    assert str(error).startswith(code)
                    assert cannot_serve(error)
                await client.config_set(setting, usual)
            assert await client.set("x", 1)


async def test_a_server_that_cannot_save_cannot_serve() -> None:
    async with temporary_server() as server:
        settings = RedisSettings.model_validate({"url": server.url, "timeout": 10})
        async with asynccontextmanager(open_redis)(settings) as redis:
            client: Any = redis.state
            # Where the snapshot should go there is a folder.
            folder = (await client.config_get("dir"))["dir"]
            (Path(folder) / "dump.rdb").mkdir()
            await client.config_set("save", "3600 1")
            await client.bgsave()
            async with asyncio.timeout(10):
                while (await client.info("persistence"))["rdb_last_bgsave_status"] == "ok":
                    await asyncio.sleep(0.01)
            for script in (False, True):
                error = await error_of(client, script=script)
                assert str(error).startswith("MISCONF")
                assert cannot_serve(error)


async def test_a_server_that_a_script_holds_up_cannot_serve() -> None:
    async with temporary_server() as server:
        settings = RedisSettings.model_validate({"url": server.url, "timeout": 10})
        async with asynccontextmanager(open_redis)(settings) as redis:
            client: Any = redis.state
            other: Any = redis.blocking
            await client.config_set("busy-reply-threshold", "1")
            endless = asyncio.ensure_future(other.eval("while true do end", 0))
            try:
                async with asyncio.timeout(10):
                    error = await first_refusal(client)
            finally:
                await client.execute_command("SCRIPT", "KILL")
                await asyncio.gather(endless, return_exceptions=True)
    assert str(error).startswith("BUSY ")
    assert cannot_serve(error)


async def first_refusal(client: Any) -> Exception:
    """Write until the server refuses it; return why."""
    while True:
        try:
            await client.set("x", 1)
        except ResponseError as error:
            return error
        await asyncio.sleep(0.01)
