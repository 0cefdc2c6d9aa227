"""Which models an app uses, and where they are."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from hutch import Settings
from kit.platforms.settings import BaseUrl


class AiSettings(Settings, section="ai"):
    """Settings of text and embeddings."""

    writer: Literal["templates", "openai"] = "templates"
    """Templates, without any model; or an OpenAI-compatible server."""

    embedder: Literal["ngrams", "openai"] = "ngrams"
    """Hashed n-grams, without any model; or an OpenAI-compatible server."""

    base_url: BaseUrl = "https://api.openai.com"
    """Where the server is, without /v1 and without a closing slash."""

    api_key: SecretStr | None = None
    """The server's key; local servers need none."""

    read_timeout: float = Field(default=60.0, gt=0)
    """Seconds to wait for an answer."""

    chat_model: str = ""
    """The model that writes; needed with writer=openai."""

    tokens_parameter: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """How the server calls the limit of an answer; OpenAI's newer models want the second."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    """How much the model varies; unset leaves it to the model, as some take none."""

    embedding_model: str = ""
    """The model that makes vectors; needed with embedder=openai."""

    dimensions: int = Field(default=384, ge=16, le=4096)
    """How many numbers a vector has; with embedder=openai the model's number."""

    batch_size: int = Field(default=128, ge=1, le=2048)
    """How many texts one call takes."""
