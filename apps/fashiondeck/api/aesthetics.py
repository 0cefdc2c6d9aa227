"""Aesthetics over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fashiondeck.schemas import AestheticView, NewAesthetic
from fashiondeck.services.aesthetics import Aesthetics
from hutch.http import Path, controller, get, guard, put
from hutch_auth import OPERATOR, RequireRole

Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


@controller("/api/aesthetics")
@dataclass
class AestheticsController:
    """Names that people use, and the words that products of them have."""

    aesthetics: Aesthetics

    @get("/")
    async def all(self) -> list[AestheticView]:
        """List the aesthetics by name."""
        known = await self.aesthetics.all()
        return [AestheticView(name=name, words=words) for name, words in sorted(known.items())]

    @guard(RequireRole(OPERATOR))
    @put("/{name}")
    async def write(self, name: Name, new: NewAesthetic) -> AestheticView:
        """Give an aesthetic its words."""
        await self.aesthetics.write(name, new.words)
        return AestheticView(name=name, words=new.words)
