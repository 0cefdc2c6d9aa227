"""Health of the distribution's queues."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

from hutch.http import controller, get, guard
from hutch_auth import VIEWER, RequireRole
from hutch_queue import QueueAdmin, QueueStats, QueueUnavailable

QUEUES = {
    "dispatch": "distribution:dispatch",
    "scheduled": "distribution:scheduled",
    "tokenRefresh": "distribution:token-refresh",
}
SHOWN = ("waiting", "active", "completed", "failed", "delayed")


@guard(RequireRole(VIEWER))
@controller("/api/queue")
@dataclass
class QueueController:
    """Tells how the queues are."""

    admin: QueueAdmin

    @get("/health")
    async def health(self) -> Response:
        """Answer 200, ``degraded`` where jobs wait and no worker lives; 503 without Redis."""
        try:
            stats = {name: await self.admin.stats(queue) for name, queue in QUEUES.items()}
            status = "degraded" if await self._stands_still(stats) else "healthy"
        except QueueUnavailable as error:
            return JSONResponse({"status": "unhealthy", "error": str(error)}, 503)
        queues = {name: _shown(found) for name, found in stats.items()}
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return JSONResponse({"status": status, "queues": queues, "timestamp": now})

    async def _stands_still(self, stats: dict[str, QueueStats]) -> bool:
        for name, found in stats.items():
            if found.waiting and not await self.admin.workers(QUEUES[name]):
                return True
        return False


def _shown(stats: QueueStats) -> dict[str, int]:
    return {name: count for name, count in asdict(stats).items() if name in SHOWN}
