"""The health page: every check with its state, and the app's figures."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hutch.discovery import Discovery
from hutch.health import HealthChecks, HealthReport
from hutch_monitor.gate import USER
from hutch_monitor.pages import Pages, wants_page

log = structlog.get_logger(__name__)


class HealthPage:
    """Serves the health of the app to operators, as a page or as JSON."""

    def __init__(self, checks: HealthChecks, discovery: Discovery, pages: Pages) -> None:
        self._checks = checks
        self._discovery = discovery
        self._pages = pages

    async def show(self, request: Request) -> Response:
        """Answer with 200 whatever the checks say: this page itself works."""
        health = _described(await self._checks.report(), await self._gauges())
        if not wants_page(request):
            return JSONResponse(health)
        shown = {"health": health, "user": request.scope[USER], "here": "Health"}
        return self._pages.render(request, self._pages.paths.monitor, "health.html", shown)

    async def _gauges(self) -> list[dict[str, Any]] | None:
        try:
            readings = await self._discovery.metrics()
        except Exception:
            # The page is read most when something is broken.
            log.exception("figures not read")
            return None
        return [
            {"name": r.name, "labels": dict(r.labels), "value": _finite(r.value), "help": text}
            for r, text in readings
        ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None  # JSON has no other numbers


def _described(report: HealthReport, gauges: list[dict[str, Any]] | None) -> dict[str, Any]:
    checks = [asdict(result) for result in report.results]
    return {"ready": report.ready, "checks": checks, "gauges": gauges}
