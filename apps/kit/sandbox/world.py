"""What time it is in the sandbox, and what its people like: the same for every platform.

A post has so many likes::

    60 x topic x hour x luck x grown

    topic   of the post's first hashtag, or of the first word that ``topics`` names. What
            ``topics`` says of it; else 0.25 to 2, by the seed. A post without one: 1.
    hour    1 + 0.75 cos(2 pi (hour - best hour) / 24), in UTC; the best hour is by the seed
            where none is set.
    luck    0.8 to 1.2, by the seed and the post's id.
    grown   1 - 0.5 x 2^(-age / half life): half at once, three quarters after a half life.

Reposts, quotes, replies, impressions and the like are fixed shares of the likes.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

_HASHTAG = re.compile(r"#(\w+)")
_WORD = re.compile(r"\w+")
_MOST = 60


@dataclass(slots=True)
class World:
    """The sandbox's clock and its people's taste.

    Attributes:
        seed: The same one makes the same taste and luck.
        topics: How well topics do, by their names in lower case; 1 is as usual.
        best_hour: When people look, 0 to 23 in UTC; None leaves it to the seed.
        half_life: After how long half of the likes that are still to come have come.
        ahead: How far the clock is ahead of the real one.
    """

    seed: int = 0
    topics: Mapping[str, float] = field(default_factory=dict[str, float])
    best_hour: int | None = None
    half_life: timedelta = timedelta(hours=1)
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Tell what time it is here, in UTC."""
        return datetime.now(UTC) + self.ahead

    def likes(self, post_id: str, text: str, created_at: datetime) -> int:
        """Count a post's likes now, by the formula above."""
        luck = 0.8 + 0.4 * self._share("luck", post_id)
        best = self._best_hour() if self.best_hour is None else self.best_hour
        hour = created_at.hour + created_at.minute / 60
        hours = 1 + 0.75 * math.cos(2 * math.pi * (hour - best) / 24)
        age = max(self.now() - created_at, timedelta())
        grown = 1 - 0.5 * 2 ** -min(age / self.half_life, 64)
        return round(_MOST * self._topic(text) * hours * luck * grown)

    def plain(self) -> dict[str, Any]:
        """The world in plain JSON."""
        return {
            "now": self.now().isoformat(),
            "seed": self.seed,
            "topics": dict(self.topics),
            "best_hour": self._best_hour() if self.best_hour is None else self.best_hour,
            "half_life_seconds": self.half_life.total_seconds(),
            "ahead_seconds": self.ahead.total_seconds(),
        }

    def _topic(self, text: str) -> float:
        tag = _HASHTAG.search(text)
        words = [tag[1].lower()] if tag else _WORD.findall(text.lower())
        known = next((self.topics[word] for word in words if word in self.topics), None)
        if known is not None:
            return known
        return 0.25 + 1.75 * self._share("topic", words[0]) if tag else 1.0

    def _best_hour(self) -> int:
        return int(24 * self._share("hour", ""))

    def _share(self, *what: str) -> float:
        """Make a number from 0 up to 1, always the same one for the same seed."""
        digest = hashlib.sha256("\n".join((str(self.seed), *what)).encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48
