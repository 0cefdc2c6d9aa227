"""The answers of an OpenAI-compatible server, as far as we read them."""

from __future__ import annotations

from pydantic import Field

from kit.platforms.wire import Wire


class Message(Wire):
    """What the model says; ``refusal`` where it declines."""

    content: str | None = Field(default=None, repr=False)
    refusal: str | None = Field(default=None, repr=False)


class Choice(Wire):
    """One answer."""

    message: Message
    finish_reason: str | None = None


class Usage(Wire):
    """What it cost."""

    total_tokens: int = 0


class Completion(Wire):
    """The answer to ``POST /v1/chat/completions``."""

    model: str = ""
    choices: tuple[Choice, ...] = Field(min_length=1)
    usage: Usage = Usage()


class Embedding(Wire):
    """One vector, and which of the inputs it belongs to."""

    index: int
    embedding: tuple[float, ...] = Field(repr=False)


class Embeddings(Wire):
    """The answer to ``POST /v1/embeddings``."""

    data: tuple[Embedding, ...]


class Error(Wire):
    """Why a call is refused; servers differ in whether ``code`` is a word or a number."""

    message: str = ""
    type: str | None = None
    code: str | int | None = None


class Problem(Wire):
    """The body of a refusal."""

    error: Error = Error()
