"""Lessons: everything that was learned so far, at one look."""

from __future__ import annotations

from dataclasses import dataclass

from xbot.schemas import LearningView
from xbot.services.beliefs import Beliefs
from xbot.services.learning import Learning
from xbot.services.training import Training


@dataclass(frozen=True, slots=True)
class Lessons:
    """Reads what was learned."""

    beliefs: Beliefs
    learning: Learning
    training: Training

    async def view(self) -> LearningView:
        """Tell what is believed of topics, hours and tags, and what the model is like.

        Raises:
            TalliesUnavailable: The counters cannot be read.
        """
        return LearningView(
            topics=tuple(await self.beliefs.topics()),
            hours=tuple(await self.beliefs.hours()),
            tags=tuple(await self.beliefs.tags()),
            baseline=await self.learning.baseline(),
            learned=await self.learning.learned(),
            model=await self.training.model(),
        )
