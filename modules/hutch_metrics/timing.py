"""Timing: how long handlers take, and jobs from enqueue to completion."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from hutch.interceptors import Invocation, Proceed
from hutch_metrics.instruments import Histogram
from hutch_metrics.port import Metrics

HANDLER_SECONDS = Histogram(
    "hutch_handler_seconds",
    "How long requests and jobs take, by handler and outcome.",
    ("kind", "handler", "outcome"),
)
JOB_SECONDS = Histogram(
    "hutch_job_latency_seconds",
    "How long jobs take from when they are enqueued to their completion.",
    ("handler",),
)


class Timing:
    """Measures every handler of a module: ``Module(..., interceptors=[Timing])``.

    The outcome is ``ok``, or ``error`` where the handler raised.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Measure a request or job."""
        began, outcome = time.perf_counter(), "error"
        try:
            result = await proceed()
            outcome = "ok"
            return result
        finally:
            seconds = time.perf_counter() - began
            self._metrics.observe(
                HANDLER_SECONDS, seconds, kind=call.kind, handler=call.name, outcome=outcome
            )
            # What seeds a job's scope tells when it was enqueued; a request's does not.
            enqueued = getattr(call.source, "enqueued_at", None)
            if outcome == "ok" and isinstance(enqueued, datetime):
                latency = (datetime.now(UTC) - enqueued).total_seconds()
                self._metrics.observe(JOB_SECONDS, max(0.0, latency), handler=call.name)
