"""``hutch run``: serving, and the order of a stop. Every app runs in a process of its own."""

import signal
import socket
import time

import pytest

WORKER = ["queue opened", "worker started"]
STOPPED = ["worker drained []", "queue closed"]


async def steps(process, count):
    return [await process.step() for _ in range(count)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_a_signal_and_exits_0_soon(hutch, number):
    async with hutch("run", "steps", "--port", "0") as process:
        async with await process.client() as client:
            assert (await client.get("/")).json() == "hello"
        began = time.monotonic()
        process.signal(number)
        result = await process.ended()
    assert time.monotonic() - began < 5
    assert result.code == 0
    assert result.out.split("\n") == [*WORKER, *STOPPED, ""]


@pytest.mark.req("R24-21", "SD-32")
async def test_services_stop_while_http_serves_and_the_queue_can_be_written(hutch):
    async with hutch("run", "steps:gated", "--port", "0") as process:
        assert await steps(process, 3) == [*WORKER, "relay started"]
        async with await process.client() as client:
            process.signal()
            assert await process.step() == "relay stops"
            assert (await client.get("/")).json() == "hello"
            assert (await client.post("/gate")).status_code == 204
        assert await steps(process, 2) == ["worker drained ['last']", "queue closed"]
        assert (await process.ended()).code == 0


async def test_an_event_stream_ends_with_the_app(hutch):
    async with hutch("run", "steps", "--port", "0") as process:
        async with await process.client() as client, client.stream("GET", "/events") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "data: first"
            began = time.monotonic()
            process.signal()
            assert [line async for line in lines] == [""]
        assert (await process.ended()).code == 0
    assert time.monotonic() - began < 5


async def test_a_second_signal_ends_it_at_once(hutch):
    async with hutch("run", "steps:stuck", "--port", "0") as process:
        await process.logged("started")
        process.signal()
        assert await steps(process, 2) == ["busy", "busy forever"]
        process.signal()
        assert (await process.ended()).code == -signal.SIGTERM


async def test_a_signal_during_the_start_closes_what_is_open(hutch):
    async with hutch("run", "steps:late", "--port", "0") as process:
        assert await steps(process, 2) == ["queue opened", "slow opens"]
        process.signal()
        result = await process.ended()
    assert (result.code, result.out) == (0, "queue closed\n")


async def test_a_taken_port_is_named_before_anything_opens(call):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = await call("run", "steps", "--port", str(port))
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        f"Error: Port {port} on 127.0.0.1 is taken: stop what listens there, "
        "or choose another with --port or HUTCH_HTTP__PORT.\n"
    )


async def test_a_host_that_is_not_here_is_named(call):
    result = await call("run", "steps", HUTCH_HTTP__HOST="192.0.2.1")
    assert result.code == 1
    assert "Error: Cannot listen on 192.0.2.1: Cannot assign requested address." in result.err
    assert "HUTCH_HTTP__HOST" in result.err


async def test_a_failing_start_is_a_message_without_a_traceback(call):
    result = await call("run", "steps:failing", "--port", "0")
    assert result.code == 1
    assert result.out == "queue opened\nqueue closed\n"
    assert result.err == (
        "Error: Slow failed to open (failing, 2 of 2): OSError: no such disk. Closed again: Jobs.\n"
    )


async def test_a_worker_opens_no_port(hutch):
    async with hutch("run", "steps", "--role", "worker") as process:
        assert (await process.logged("started"))["url"] is None
        process.signal()
        assert (await process.ended()).out.split("\n") == [*WORKER, *STOPPED, ""]


async def test_a_worker_serves_its_health_where_a_port_is_set(hutch):
    variables = {"HUTCH_ROLE": "worker", "HUTCH_HTTP__HEALTH_PORT": "0"}
    async with hutch("run", "steps", **variables) as process, await process.client() as client:
        assert (await client.get("/health/ready")).json() == {"status": "ready"}
        assert (await client.get("/")).status_code == 404


async def test_a_web_role_runs_no_worker(hutch):
    async with hutch("run", "steps:gated", "--role", "web", "--port", "0") as process:
        assert await steps(process, 2) == ["queue opened", "relay started"]
