"""Posts, and how X rewrites their links."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kit.platforms.x.text import URL
from kit.sandbox import posts


@dataclass(frozen=True, slots=True)
class StoredPost(posts.StoredPost):
    """A post on X."""

    @property
    def shown_text(self) -> str:
        """The text as X's API shows it: t.co links, HTML characters escaped."""
        escaped = html.escape(self.text, quote=False)
        for url in self._urls():
            escaped = escaped.replace(html.escape(url, quote=False), _short(url))
        return escaped

    def shown(self, fields: Sequence[str]) -> dict[str, Any]:
        """The post as X's API shows it, with the fields asked for."""
        extra = {
            "author_id": self.author.user_id,
            "created_at": self.created_at.isoformat(timespec="milliseconds")[:-6] + "Z",
            "entities": self._entities(),
            "public_metrics": self._metrics(),
        }
        asked = {name: value for name, value in extra.items() if name in fields}
        return {
            "id": self.id,
            "text": self.shown_text,
            "edit_history_tweet_ids": [self.id],
            **asked,
        }

    def _urls(self) -> list[str]:
        return list(dict.fromkeys(URL.findall(self.text)))

    def _entities(self) -> dict[str, Any]:
        shown = self.shown_text
        urls = [
            {"start": at.start(), "end": at.end(), "url": _short(url), "expanded_url": url}
            for url in self._urls()
            for at in re.finditer(re.escape(_short(url)), shown)
        ]
        return {"urls": urls} if urls else {}

    def _metrics(self) -> dict[str, int]:
        likes = self.likes
        return {
            "retweet_count": likes // 5,
            "reply_count": likes // 7,
            "like_count": likes,
            "quote_count": likes // 11,
            "bookmark_count": likes // 13,
            "impression_count": likes * 31,
        }


def _short(url: str) -> str:
    return f"https://t.co/{hashlib.sha256(url.encode()).hexdigest()[:10]}"
