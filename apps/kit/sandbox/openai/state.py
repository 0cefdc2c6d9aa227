"""What the sandbox remembers of the models: how often they were asked, not what for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class OpenAiState:
    """The counters of a model's server."""

    texts: int = 0
    embeddings: int = 0
    tokens: int = 0

    def count(self, kind: str, tokens: int) -> None:
        """Count an answer.

        Args:
            kind: Its ``object``: ``chat.completion``, or ``list`` for vectors.
            tokens: What it cost.
        """
        if kind == "chat.completion":
            self.texts += 1
        else:
            self.embeddings += 1
        self.tokens += tokens

    def plain(self) -> dict[str, Any]:
        """Tell how it stands, for the page."""
        counted = {"texts": self.texts, "embeddings": self.embeddings, "tokens": self.tokens}
        told: dict[str, Any] = {"posts": []}
        return told | counted
