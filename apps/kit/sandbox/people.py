"""The sandbox's endpoint for its world: the clock, and what people like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.strict import Strict
from kit.sandbox.world import World
from kit.sandbox.x.problems import problems

Topic = Annotated[str, StringConstraints(to_lower=True, pattern=r"^\w{1,64}$")]


class WorldChange(Strict):
    """The body of ``POST /_sandbox/world``; what is left out stays as it is."""

    seed: int | None = None
    topics: dict[Topic, Annotated[float, Field(ge=0, le=10)]] | None = None
    best_hour: int | None = Field(default=None, ge=0, le=23)
    half_life_seconds: float | None = Field(default=None, gt=0, le=31 * 86_400)
    ahead_seconds: float | None = Field(default=None, ge=0, le=3660 * 86_400)

    def apply(self, world: World) -> None:
        """Change the world."""
        for name in ("seed", "topics", "best_hour"):
            if (value := getattr(self, name)) is not None:
                setattr(world, name, value)
        if self.half_life_seconds is not None:
            world.half_life = timedelta(seconds=self.half_life_seconds)
        if self.ahead_seconds is not None:
            world.ahead = timedelta(seconds=self.ahead_seconds)


def world_routes(world: World) -> list[Route]:
    """List the routes that tell the world and change it."""
    people = _People(world)
    return [
        Route("/_sandbox/world", people.look, methods=["GET"]),
        Route("/_sandbox/world", people.change, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class _People:
    world: World

    async def look(self, request: Request) -> Response:
        return JSONResponse(self.world.plain())

    async def change(self, request: Request) -> Response:
        with problems():
            change = WorldChange.model_validate_json(await request.body())
        change.apply(self.world)
        return JSONResponse(self.world.plain())
