"""The review list over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hutch.http import Path, controller, get, guard, post
from hutch_auth import OPERATOR, RequireRole
from hutch_queue import Queue
from secondme.jobs.answers import AnswerJobs
from secondme.schemas import MESSAGE_ID, MessageView
from secondme.services.conversation import Conversation
from secondme.services.overview import Overview
from secondme.services.review import Review

Id = Annotated[str, Path(pattern=MESSAGE_ID)]


@guard(RequireRole(OPERATOR))
@controller("/api/review")
@dataclass
class ReviewController:
    """Messages for which a person has to say what becomes of them."""

    review: Review
    conversation: Conversation
    overview: Overview
    queue: Queue

    @get("/")
    async def list(self) -> tuple[MessageView, ...]:
        """List them, the oldest first."""
        return self.overview.messages(await self.conversation.in_review())

    @post("/{id}/dismiss", status=204)
    async def dismiss(self, id: Id) -> None:
        """Put a message away."""
        await self.review.dismiss(id)

    @post("/{id}/answer", status=202)
    async def answer(self, id: Id) -> None:
        """Let the bot answer a message after all, whatever brought it here.

        Where it is not known whether an answer was sent, look at the phone first.
        """
        await self.review.release(id)
        await self.queue.enqueue(AnswerJobs.answer(id))
