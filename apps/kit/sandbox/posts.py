"""Posts, the same for every platform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from kit.sandbox.accounts import Account
from kit.sandbox.world import World


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post as its author wrote it."""

    id: str
    author: Account
    text: str
    media_ids: tuple[str, ...]
    created_at: datetime
    world: World = field(default_factory=World, repr=False, compare=False)

    @property
    def likes(self) -> int:
        """How popular it is by now; ``kit.sandbox.world`` has the formula."""
        return self.world.likes(self.id, self.text, self.created_at)

    def plain(self) -> dict[str, Any]:
        """The post for the page."""
        return {
            "id": self.id,
            "user_id": self.author.user_id,
            "username": self.author.username,
            "text": self.text,
            "media_ids": self.media_ids,
            "created_at": self.created_at.isoformat(),
        }


P = TypeVar("P", bound=StoredPost)


class Posts(Generic[P]):
    """All posts of a platform, oldest first.

    Args:
        make: The kind of its posts.
        new_id: Makes their ids.
    """

    def __init__(self, make: type[P], new_id: Callable[[], str]) -> None:
        self._make = make
        self._new_id = new_id
        self.world = World()
        self._all: dict[str, P] = {}

    def add(self, author: Account, text: str, media_ids: Sequence[str], id: str | None = None) -> P:
        """Publish a post."""
        now, world = self.world.now(), self.world
        post = self._make(id or self._new_id(), author, text, tuple(media_ids), now, world)
        self._all[post.id] = post
        return post

    def get(self, post_id: str) -> P | None:
        """Find a post."""
        return self._all.get(post_id)

    def all(self) -> list[P]:
        """List every post, newest first."""
        return list(self._all.values())[::-1]

    def of(self, user_id: str) -> list[P]:
        """List an account's posts, newest first."""
        return [post for post in self.all() if post.author.user_id == user_id]

    def same(self, author: Account, text: str) -> P | None:
        """Find a post of the account with the same words."""
        words = text.split()
        found = (post for post in self.of(author.user_id) if post.text.split() == words)
        return next(found, None) if words else None
