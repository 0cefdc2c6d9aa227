"""What was learned, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from hutch.http import controller, get, guard
from hutch_auth import OPERATOR, RequireRole
from xbot.schemas import LearningView
from xbot.services.lessons import Lessons


@guard(RequireRole(OPERATOR))
@controller("/api/learning")
@dataclass
class LearningController:
    """Beliefs and the model."""

    lessons: Lessons

    @get("/")
    async def read(self) -> LearningView:
        """Tell what is believed of topics, hours and tags, and what the model is like."""
        return await self.lessons.view()
