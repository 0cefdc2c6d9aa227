"""Models behind an OpenAI-compatible server: OpenAI, vLLM, Ollama, llama.cpp and others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from kit.ai.errors import judge
from kit.ai.outcomes import Misconfigured, Refused
from kit.ai.port import Embedder, Task, Writer, Written
from kit.ai.settings import AiSettings
from kit.ai.texts import check_texts
from kit.ai.wire import Choice, Completion, Embeddings
from kit.platforms import FailPermanent, NeedsReauth, RetryBackoff
from kit.platforms.api import Api, Call
from kit.platforms.http import Bearer
from kit.vectors.errors import WrongVector
from kit.vectors.vector import Vector, unit_vector

CHAT = Call("POST", "/v1/chat/completions")
EMBEDDINGS = Call("POST", "/v1/embeddings")


@dataclass(frozen=True, slots=True)
class OpenAiWriter(Writer):
    """Let a chat model write: its instructions are the task's, the facts its question."""

    http: httpx2.AsyncClient = field(repr=False)
    settings: AiSettings = field(repr=False)

    async def write(self, task: Task, facts: Mapping[str, str]) -> Written:
        """Write a text; see ``Writer.write``."""
        body = self._body(task, facts)
        api = _api(self.http, self.settings)
        answer = await api.read(Completion, CHAT, _auth(self.settings), json=body)
        choice = answer.choices[0]
        text = _text(choice)
        model = answer.model or self.settings.chat_model
        return Written(text, model, choice.finish_reason != "length", answer.usage.total_tokens)

    def _body(self, task: Task, facts: Mapping[str, str]) -> dict[str, Any]:
        # As JSON, so that no fact can pretend to be another one.
        told = json.dumps(dict(facts), ensure_ascii=False)
        body: dict[str, Any] = {
            "model": _named(self.settings.chat_model, "chat_model"),
            "messages": [
                {"role": "system", "content": task.instructions},
                {"role": "user", "content": told},
            ],
            self.settings.tokens_parameter: task.most_tokens,
        }
        if self.settings.temperature is not None:
            body["temperature"] = self.settings.temperature
        return body


@dataclass(frozen=True, slots=True)
class OpenAiEmbedder(Embedder):
    """Let a model make vectors, some texts per call."""

    http: httpx2.AsyncClient = field(repr=False)
    settings: AiSettings = field(repr=False)

    @property
    def model(self) -> str:
        """The model's id: ``ai.embedding_model``."""
        return _named(self.settings.embedding_model, "embedding_model")

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has: ``ai.dimensions``."""
        return self.settings.dimensions

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Make vectors; see ``Embedder.embed``."""
        check_texts(texts)
        made: list[Vector] = []
        for start in range(0, len(texts), self.settings.batch_size):
            made += await self._embed(texts[start : start + self.settings.batch_size])
        return made

    async def _embed(self, texts: Sequence[str]) -> list[Vector]:
        body = {"model": self.model, "input": list(texts), "encoding_format": "float"}
        api = _api(self.http, self.settings)
        answer = await api.read(Embeddings, EMBEDDINGS, _auth(self.settings), json=body)
        by_index = {one.index: one.embedding for one in answer.data}
        if sorted(by_index) != list(range(len(texts))):
            raise RetryBackoff(
                f"{len(texts)} texts were sent and {len(by_index)} vectors came back."
            )
        return [self._checked(by_index[index]) for index in range(len(texts))]

    def _checked(self, numbers: Sequence[float]) -> Vector:
        try:
            return unit_vector(numbers, self.dimensions, f"A text by {self.model}")
        except WrongVector as error:
            if len(numbers) != self.dimensions:
                raise Misconfigured(f"{error} Check ai.dimensions.") from error
            raise FailPermanent(str(error)) from error


def _api(http: httpx2.AsyncClient, settings: AiSettings) -> Api:
    return Api("The model's server", http, settings.base_url, judge)


def _auth(settings: AiSettings) -> Bearer | None:
    try:
        return Bearer(settings.api_key) if settings.api_key else None
    except NeedsReauth:
        raise Misconfigured(
            "The key of the model's server is empty or holds characters that no key has: "
            "check ai.api_key."
        ) from None


def _named(model: str, setting: str) -> str:
    if not model:
        raise Misconfigured(f"No model is named: set ai.{setting}, or use the embedded default.")
    return model


def _text(choice: Choice) -> str:
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise Refused("The model declines to write this text.")
    text = (choice.message.content or "").strip()
    if not text:
        raise RetryBackoff("The model answered with an empty text: try again later.")
    return text
