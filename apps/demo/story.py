"""The story of one run: which posts there are, and how far each one is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum


class Step(Enum):
    """How far a post is, as the demo sees it from outside."""

    WRITTEN = "written"
    APPROVED = "approved"
    SENDING = "sending"
    PUBLISHED = "published"
    STUCK = "stuck"


@dataclass(slots=True)
class PostStory:
    """One post.

    Attributes:
        events: How often ``posts:published`` was heard for it.
        remote_id: The platform's id of it.
        seconds: From its approval to its event.
    """

    number: int
    id: str
    step: Step = Step.WRITTEN
    state: str = ""
    events: int = 0
    remote_id: str = ""
    url: str = ""
    seconds: float | None = None
    began: float = field(default_factory=time.monotonic)

    def heard(self) -> None:
        """Count an event of this post."""
        self.events += 1
        if self.seconds is None:
            self.seconds = time.monotonic() - self.began

    @property
    def is_done(self) -> bool:
        """Whether it is published and its event was heard."""
        return self.step is Step.PUBLISHED and self.events > 0


@dataclass(slots=True)
class Story:
    """All posts of a run.

    Attributes:
        brand: The brand profile that this run made up for itself.
        expected: How many posts there shall be.
        gaps: How often the event stream was lost and taken up again.
    """

    brand: str
    expected: int
    posts: dict[str, PostStory] = field(default_factory=dict[str, PostStory])
    gaps: int = 0

    @property
    def is_done(self) -> bool:
        """Whether everything that shall happen has happened."""
        return len(self.posts) == self.expected and all(p.is_done for p in self.posts.values())

    def count(self, step: Step) -> int:
        """Count the posts at a step."""
        return sum(post.step is step for post in self.posts.values())
