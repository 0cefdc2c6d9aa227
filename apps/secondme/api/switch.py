"""The big switch over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from hutch.http import controller, get, guard, post
from hutch_auth import OPERATOR, RequireRole
from secondme.schemas import NewStop, StopView
from secondme.services.kill_switch import BigSwitch
from secondme.services.overview import Overview


@guard(RequireRole(OPERATOR))
@controller("/api/switch")
@dataclass
class SwitchController:
    """Stops everything, and lets it go on."""

    big_switch: BigSwitch
    overview: Overview

    @get("/")
    async def read(self) -> StopView:
        """Tell whether everything is stopped."""
        return await self.overview.stop()

    @post("/stop", status=204)
    async def stop(self, new: NewStop) -> None:
        """Stop everything, until it is released; works while Redis is away."""
        await self.big_switch.stop(new.reason)

    @post("/release", status=204)
    async def release(self) -> None:
        """Let everything go on; pauses of contacts stay."""
        await self.big_switch.release()
