"""Drafts over HTTP: write, schedule."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Annotated

from hutch.http import Path, Query, controller, get, guard, post
from hutch_auth import OPERATOR, RequireRole
from xbot.jobs.schedule import Scheduling
from xbot.schemas import ID, Draft, NewDraft, NewSchedule, PostView, Suggestion
from xbot.services.drafts import Drafts
from xbot.services.posts import Posts
from xbot.services.writing import Writing

DraftId = Annotated[str, Path(pattern=ID)]


@guard(RequireRole(OPERATOR))
@controller("/api/drafts")
@dataclass
class DraftsController:
    """Texts that are kept for an hour, until they get their time."""

    drafts: Drafts
    scheduling: Scheduling
    posts: Posts
    writing: Writing

    @post("/", status=201)
    async def keep(self, new: NewDraft) -> Draft:
        """Keep a text for an hour, with the model's opinion of it."""
        return await self.drafts.keep(new.text, new.topic)

    @get("/suggestion")
    async def suggest(self, seed: Annotated[int | None, Query()] = None) -> Suggestion:
        """Suggest what to post next, and when; the same seed draws the same."""
        return await self.writing.suggest(Random(seed))  # noqa: S311 - nothing secret

    @get("/{draft_id}")
    async def read(self, draft_id: DraftId) -> Draft:
        """Read a draft."""
        return await self.drafts.get(draft_id)

    @post("/{draft_id}/schedule", status=201)
    async def schedule(self, draft_id: DraftId, new: NewSchedule) -> PostView:
        """Schedule a draft; a time that is over, or none, is now."""
        scheduled = await self.scheduling.schedule(draft_id, new)
        return await self.posts.view(scheduled.id)
