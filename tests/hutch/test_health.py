import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.testing import capture_logs

import hutch.health
from hutch.context import bind_context, current_context
from hutch.health import HealthChecks


class Part:
    """Something whose health is asked for; the test says how it is."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None
        self.detail: str | None = None
        self.context: dict[str, object] = {}

    async def probe(self) -> str | None:
        self.asked += 1
        self.context = dict(current_context())
        if self.error is not None:
            raise self.error
        return self.detail


async def hang() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hutch.health, "MAX_AGE", -1.0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hutch.health, "TIME_LIMIT", 0.02)


def client(checks: HealthChecks) -> httpx2.AsyncClient:
    app = Starlette(
        routes=[Route("/health/live", checks.live), Route("/health/ready", checks.ready)]
    )
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")


# The report


async def test_without_checks_the_app_is_ready() -> None:
    assert (await HealthChecks([]).report()).ready


async def test_what_each_check_found() -> None:
    good, bad = Part(), Part()
    good.detail = "3 of 50 connections"
    bad.error = ConnectionError("no answer from redis://:hush@host")
    checks = HealthChecks([("pool", True, good.probe), ("redis", False, bad.probe)])
    first, second = (await checks.report()).results
    assert (first.name, first.required, first.ok) == ("pool", True, True)
    assert first.detail == "3 of 50 connections"
    assert 0 <= first.duration < 0.5
    assert (second.name, second.required, second.ok) == ("redis", False, False)
    assert second.detail == "ConnectionError: no answer from redis://***@host"


@pytest.mark.parametrize(("required", "ready"), [(True, False), (False, True)])
async def test_only_required_checks_make_the_app_not_ready(required: bool, ready: bool) -> None:
    part = Part()
    part.error = RuntimeError("down")
    report = await HealthChecks([("part", required, part.probe)]).report()
    assert report.ready is ready


async def test_the_time_limit_is_half_a_second_for_all_at_once() -> None:
    start = time.perf_counter()
    report = await HealthChecks([(name, True, hang) for name in "abc"]).report()
    assert 0.45 < time.perf_counter() - start < 1.0
    assert {result.detail for result in report.results} == {"no answer within 0.5 s"}
    assert not report.ready


async def test_a_probe_that_ignores_its_end_holds_nobody_up(quick: None) -> None:
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    async with asyncio.timeout(5):
        report = await HealthChecks([("stubborn", True, stubborn)]).report()
    assert not report.ready
    released.set()


async def test_a_probe_that_cancels_itself_fails() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    report = await HealthChecks([("odd", True, cancelled)]).report()
    assert not report.ready


async def test_many_callers_are_one_run_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Part()
    checks = HealthChecks([("part", True, part.probe)])
    reports = await asyncio.gather(*(checks.report() for _ in range(20)))
    await checks.report()
    assert part.asked == 1
    assert all(report is reports[0] for report in reports)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 1.1)
    await checks.report()
    assert part.asked == 2


async def test_a_caller_that_leaves_takes_nothing_from_the_others() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        begun.set()
        await go.wait()
        return "done"

    checks = HealthChecks([("slow", True, slow)])
    leaving = asyncio.create_task(checks.report())
    await begun.wait()
    staying = asyncio.create_task(checks.report())
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    go.set()
    assert (await staying).ready


# Logs


async def test_each_change_of_state_is_one_line(no_cache: None) -> None:
    part = Part()
    checks = HealthChecks([("redis", True, part.probe)])
    with capture_logs() as lines:
        for error in (None, None, OSError("down"), OSError("still down"), None, None):
            part.error = error
            await checks.report()
    assert lines == [
        {
            "event": "health check fails",
            "check": "redis",
            "required": True,
            "reason": "OSError: down",
            "log_level": "warning",
        },
        {"event": "health check recovered", "check": "redis", "log_level": "info"},
    ]


async def test_a_check_is_not_the_doing_of_the_request_that_asks() -> None:
    part = Part()
    with bind_context(request_id="r1"):
        await HealthChecks([("part", True, part.probe)]).report()
    assert part.asked == 1
    assert part.context == {}


# Over HTTP


@pytest.mark.req("X-14")
@pytest.mark.parametrize("required", [True, False])
async def test_alive_is_not_ready_is_not_a_healthy_queue(required: bool, no_cache: None) -> None:
    redis, queue = Part(), Part()
    checks = HealthChecks([("redis", True, redis.probe), ("queue", False, queue.probe)])
    async with client(checks) as http:

        async def statuses() -> tuple[int, int]:
            live = await http.get("/health/live")
            ready = await http.get("/health/ready")
            return live.status_code, ready.status_code

        assert await statuses() == (200, 200)
        queue.error = RuntimeError("no worker for 5 minutes")
        assert await statuses() == (200, 200)
        redis.error = RuntimeError("down")
        assert await statuses() == (200, 503)
        queue.error = redis.error = None
        assert await statuses() == (200, 200)


@pytest.mark.req("X-14")
async def test_liveness_asks_nobody() -> None:
    part = Part()
    async with client(HealthChecks([("part", True, part.probe)])) as http:
        assert (await http.get("/health/live")).json() == {"status": "live"}
    assert part.asked == 0


@pytest.mark.req("X-15")
async def test_probes_need_no_secret_and_leak_nothing(no_cache: None) -> None:
    part = Part()
    checks = HealthChecks([("redis-of-shop", True, part.probe)])
    async with client(checks) as http:
        ready = await http.get("/health/ready")
        part.error = ConnectionError("redis://:hush@10.0.0.7 refused")
        failing = await http.get("/health/ready")
        live = await http.get("/health/live")
    assert (ready.status_code, ready.text) == (200, '{"status":"ready"}')
    assert (failing.status_code, failing.text) == (503, '{"status":"not ready"}')
    assert (live.status_code, live.text) == (200, '{"status":"live"}')
    for response in (ready, failing, live):
        assert dict(response.headers) == {
            "cache-control": "no-store",
            "content-length": str(len(response.content)),
            "content-type": "application/json",
        }


async def test_the_probe_type_is_what_a_module_contributes() -> None:
    probe: Callable[[], Awaitable[str | None]] = Part().probe
    assert (await HealthChecks([("part", True, probe)]).report()).ready
