"""Training: the model that scores drafts, from the rewards in the database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from hutch_cache import Cache
from hutch_database import Database
from xbot.configuration import ModelWeights
from xbot.keys import ACCURACY, TRAINED, WEIGHTS
from xbot.models import Model, Reward
from xbot.schemas import ModelView
from xbot.services.configuration import Configuration
from xbot.services.features import Features
from xbot.services.regression import Quality, Sample, Weights, fit, quality, score

VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Training:
    """Trains, keeps and uses the model."""

    database: Database
    cache: Cache
    configuration: Configuration

    async def train(self) -> ModelView | None:
        """Train with all rewards, if there are new ones and enough of them; return the model."""
        told = await self.configuration.get(ModelWeights)
        known = await self._stored()
        if await self._rewards() > max(told.least_samples - 1, known.samples if known else 0):
            samples = await self._samples(told.most_samples)
            # It would hold up everything else that this process does.
            weights, found = await asyncio.to_thread(_trained, samples, told.penalty)
            known = await self._keep(weights, found, await self._rewards())
        if known is not None:
            await self._show(known)
        return known

    async def model(self) -> ModelView | None:
        """Return the model; None before there was enough to learn from."""
        return await self.cache.get_or_load(WEIGHTS.key(), self._stored)

    async def score(self, features: Features) -> float | None:
        """Say how likely a success is, from 0 to 1; None without a model."""
        model = await self.model()
        return None if model is None else score(model.weights, features)

    async def _rewards(self) -> int:
        async with self.database.session() as session:
            return await session.scalar(select(func.count()).select_from(Reward)) or 0

    async def _samples(self, most: int) -> list[Sample]:
        query = select(Reward).order_by(Reward.learned_at.desc(), Reward.tweet_id).limit(most)
        async with self.database.session() as session:
            rewards = await session.scalars(query)
            return [Sample(r.tweet_id, r.features, r.success) for r in rewards]

    async def _stored(self) -> ModelView | None:
        async with self.database.session() as session:
            row = await session.get(Model, VERSION)
        return None if row is None else ModelView.model_validate(row, from_attributes=True)

    async def _keep(self, weights: Weights, found: Quality, samples: int) -> ModelView:
        row = Model(
            version=VERSION,
            weights=weights,
            accuracy=found.accuracy,
            baseline=found.baseline,
            samples=samples,
            trained_at=datetime.now(UTC),
        )
        async with self.database.session() as session:
            await session.merge(row)
        return ModelView.model_validate(row, from_attributes=True)

    async def _show(self, model: ModelView) -> None:
        await self.cache.set(WEIGHTS.key(), model)
        await self.cache.set(ACCURACY.key(), model.accuracy)
        await self.cache.set(TRAINED.key(), model.trained_at)


def _trained(samples: list[Sample], penalty: float) -> tuple[Weights, Quality]:
    return fit(samples, penalty), quality(samples, penalty)
