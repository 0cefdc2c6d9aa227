"""Training: the model that scores drafts, from the rewards in the database."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select

from hutch_cache import Cache, CacheUnavailable
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
        last = await self._last_batch()
        if last is not None:
            told = await self.configuration.get(ModelWeights)
            rewards = await self._rewards()
            if rewards >= told.least_samples:
                return await self._train(told, rewards, last)
        return await self._stored()

    async def model(self) -> ModelView | None:
        """Return the model; None before there was enough to learn from."""
        return await self.cache.get_or_load(WEIGHTS.key(), self._stored)

    async def score(self, features: Features) -> float | None:
        """Say how likely a success is, from 0 to 1; None without a model."""
        model = await self.model()
        return None if model is None else score(model.weights, features)

    async def _train(self, told: ModelWeights, rewards: int, last: datetime) -> ModelView:
        samples = await self._samples(told.most_samples)
        # It would hold up everything else that this process does.
        weights, found = await asyncio.to_thread(_trained, samples, told.penalty)
        model = ModelView(
            version=VERSION,
            weights=weights,
            accuracy=found.accuracy,
            baseline=found.baseline,
            samples=rewards,
            trained_at=datetime.now(UTC),
        )
        # Kept last: who dies in between is followed by one who trains and shows it again.
        await self._show(model)
        await self._keep(model, last)
        return model

    async def _last_batch(self) -> datetime | None:
        """Return the last batch of rewards; None if the model was trained with it."""
        async with self.database.session() as session:
            known = await session.get(Model, VERSION)
            last = await session.scalar(select(func.max(Reward.learned_at)))
        return None if known is not None and known.learned_at == last else last

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

    async def _keep(self, model: ModelView, last: datetime) -> None:
        async with self.database.session() as session:
            await session.merge(Model(**model.model_dump(by_alias=False), learned_at=last))

    async def _show(self, model: ModelView) -> None:
        shown = [
            await self.cache.set(WEIGHTS.key(), model),
            await self.cache.set(ACCURACY.key(), model.accuracy),
            await self.cache.set(TRAINED.key(), model.trained_at),
        ]
        if not all(shown):
            raise CacheUnavailable("The new model cannot be shown: the cache does not answer.")


def _trained(samples: list[Sample], penalty: float) -> tuple[Weights, Quality]:
    return fit(samples, penalty), quality(samples, penalty)
