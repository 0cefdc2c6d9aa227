"""Health: is the process alive, and can it do its work?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse

from hutch.redaction import hide_in_text

TIME_LIMIT = 0.5
MAX_AGE = 1.0

Probe = Callable[[], Awaitable[str | None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found.

    Args:
        name: The check's name.
        required: Whether a failure makes the app not ready.
        ok: Whether the probe returned, in time.
        detail: What the probe said, or why it failed.
        duration: Seconds it took.
    """

    name: str
    required: bool
    ok: bool
    detail: str | None
    duration: float


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The result of all checks. For operators: it names parts and their errors."""

    results: tuple[CheckResult, ...]

    @property
    def ready(self) -> bool:
        """Whether no required check fails."""
        return all(result.ok for result in self.results if result.required)


class HealthChecks:
    """Runs the checks that modules contribute.

    All at once, each for half a second at most; however many ask, they run once
    in a second. A change of a check's state is logged once.
    """

    def __init__(self, checks: Sequence[tuple[str, bool, Probe]]) -> None:
        """Take the checks.

        Args:
            checks: Name, whether it is required, and the probe: it passes when it
                returns (a detail for operators, or None) and fails when it raises.
        """
        self._checks = tuple(checks)
        self._failing: set[str] = set()
        self._run: asyncio.Task[HealthReport] | None = None
        self._finished = float("-inf")

    async def report(self) -> HealthReport:
        """Return what the checks found, at most a second ago."""
        if self._run is None or (self._run.done() and time.monotonic() - self._finished > MAX_AGE):
            # An empty context: what is logged is not the doing of the request that asks.
            self._run = asyncio.create_task(self._run_all(), context=Context())
        # Shielded: one caller that goes away must not take the answer from the others.
        return await asyncio.shield(self._run)

    async def live(self, _request: Request) -> JSONResponse:
        """Serve ``/health/live``: the process answers. No check runs."""
        return _answer("live")

    async def ready(self, _request: Request) -> JSONResponse:
        """Serve ``/health/ready``: whether to send traffic here, and nothing else."""
        report = await self.report()
        return _answer("ready") if report.ready else not_ready()

    async def _run_all(self) -> HealthReport:
        results = await asyncio.gather(*(_run(*check) for check in self._checks))
        for result in results:
            self._log_change(result)
        self._finished = time.monotonic()
        return HealthReport(tuple(results))

    def _log_change(self, result: CheckResult) -> None:
        if result.ok and result.name in self._failing:
            self._failing.discard(result.name)
            log.info("health check recovered", check=result.name)
        elif not result.ok and result.name not in self._failing:
            self._failing.add(result.name)
            log.warning(
                "health check fails",
                check=result.name,
                required=result.required,
                reason=result.detail,
            )


async def _run(name: str, required: bool, probe: Probe) -> CheckResult:
    start = time.perf_counter()
    task = asyncio.ensure_future(_outcome(probe))
    # Not asyncio.timeout: it would wait for a probe that swallows its cancellation.
    await asyncio.wait([task], timeout=TIME_LIMIT)
    if task.done() and not task.cancelled():
        ok, detail = task.result()
    else:
        task.cancel()
        ok, detail = False, f"no answer within {TIME_LIMIT:g} s"
    return CheckResult(name, required, ok, detail, time.perf_counter() - start)


async def _outcome(probe: Probe) -> tuple[bool, str | None]:
    try:
        return True, await probe()
    except Exception as error:
        return False, hide_in_text(f"{type(error).__name__}: {error}")


def not_ready() -> JSONResponse:
    """Ask for no more traffic, without saying why."""
    return _answer("not ready", 503)


def _answer(status: str, code: int = 200) -> JSONResponse:
    return JSONResponse({"status": status}, code, headers={"Cache-Control": "no-store"})
