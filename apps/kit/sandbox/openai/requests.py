"""What the sandbox understands of a call to a model; anything else is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kit.sandbox.strict import Strict

Text = Annotated[str, Field(min_length=1)]


class Message(Strict):
    """A part of the conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Chat(Strict):
    """The body of ``POST /v1/chat/completions``."""

    model: str
    messages: Annotated[tuple[Message, ...], Field(min_length=1)]
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)

    @property
    def words(self) -> list[str]:
        """All words of the conversation."""
        return [word for message in self.messages for word in message.content.split()]


class Embed(Strict):
    """The body of ``POST /v1/embeddings``."""

    model: str
    input: Annotated[tuple[Text, ...], Field(min_length=1, max_length=2048)]
    encoding_format: Literal["float"] = "float"
