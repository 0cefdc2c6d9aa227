"""The caches' figures over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from fashiondeck.services.overview import Overview
from fashiondeck.views import CacheView
from hutch.http import controller, get, guard
from hutch_auth import VIEWER, RequireRole


@guard(RequireRole(VIEWER))
@controller("/api/caches")
@dataclass
class CachesController:
    """How often what was asked for was there."""

    overview: Overview

    @get("/")
    async def show(self) -> list[CacheView]:
        """Show hits, misses and the hit rate of each cache, over all processes."""
        return await self.overview.caches()
