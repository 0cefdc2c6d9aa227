from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from kit.ai import AiSettings, OpenAiEmbedder, OpenAiWriter
from kit.sandbox import PlatformName, SandboxState, serving


@dataclass(frozen=True)
class Models:
    """A sandbox that really listens."""

    url: str
    state: SandboxState
    http: httpx2.AsyncClient

    async def fault(self, fault: str, **more: Any) -> None:
        order = {"platform": "openai", "fault": fault} | more
        answer = await self.http.post(f"{self.url}/_sandbox/faults", json=order)
        assert answer.status_code == 201, answer.text

    def settings(self, **more: Any) -> AiSettings:
        known = {
            "base_url": self.url,
            "api_key": SecretStr("a-key"),
            "chat_model": "sandbox-chat",
            "embedding_model": "sandbox-embedding",
            "dimensions": 256,
        }
        return AiSettings(**(known | more))

    def writer(self, **more: Any) -> OpenAiWriter:
        return OpenAiWriter(self.http, self.settings(**more))

    def embedder(self, **more: Any) -> OpenAiEmbedder:
        return OpenAiEmbedder(self.http, self.settings(**more))


@pytest.fixture(scope="session")
async def open_models(http: httpx2.AsyncClient) -> AsyncIterator[Models]:
    state = SandboxState()
    async with serving(state) as url:
        yield Models(url, state, http)


@pytest.fixture
def models(open_models: Models) -> Iterator[Models]:
    yield open_models
    assert open_models.state.faults.take(PlatformName.OPENAI) is None, "a fault was left behind"
