"""Drafts: texts that are kept for an hour."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from hutch_cache import Cache, CacheUnavailable
from kit.columns import new_id
from kit.platforms import FailPermanent
from kit.publishing import Network, Roads
from xbot.keys import DRAFT
from xbot.schemas import Draft
from xbot.services.errors import Missing, Refused
from xbot.services.features import features_of
from xbot.services.training import Training


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts in Redis."""

    cache: Cache
    roads: Roads
    training: Training

    async def keep(self, text: str, topic: str) -> Draft:
        """Keep a text for an hour.

        Raises:
            Refused: X would not take it.
            CacheUnavailable: It could not be kept.
        """
        self._check(text)
        score = await self.training.score(features_of(text, topic, datetime.now(UTC)))
        draft = Draft(id=new_id(), text=text, topic=topic, score=score)
        if not await self.cache.set(DRAFT.key(draft.id), draft):
            raise CacheUnavailable("The draft could not be kept: Redis is away or full.")
        return draft

    async def get(self, draft_id: str) -> Draft:
        """Return a draft.

        Raises:
            Missing: There is none of this id, or its hour is over.
        """
        found = await self.cache.get(DRAFT.key(draft_id))
        if found is None:
            raise Missing(f"There is no draft {draft_id!r}; drafts are kept for an hour.")
        return found

    async def drop(self, draft_id: str) -> None:
        """Forget a draft; if Redis is away its hour ends it."""
        with suppress(CacheUnavailable):
            await self.cache.delete(DRAFT.key(draft_id))

    def _check(self, text: str) -> None:
        try:
            self.roads.of(Network.TWITTER).check(text, ())
        except FailPermanent as error:
            raise Refused(str(error)) from None
