"""Batches in which a text, or a setting, is to blame."""

import json

import httpx2
import pytest

from kit.ai import AiSettings, Misconfigured, OpenAiEmbedder, embed_singly
from kit.platforms import FailPermanent


def refusal(status: int) -> httpx2.Response:
    return httpx2.Response(status, json={"error": {"message": "no"}})


def vectors(count: int, numbers: list[float]) -> httpx2.Response:
    data = [{"index": at, "embedding": numbers} for at in range(count)]
    return httpx2.Response(200, json={"data": data})


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (refusal(401), r"ai\.api_key"),
        (refusal(403), r"ai\.api_key"),
        (refusal(404), r"ai\.embedding_model"),
        (vectors(32, [1.0]), r"ai\.dimensions"),
    ],
)
async def test_a_wrong_setting_is_told_by_one_call(answer: httpx2.Response, named: str) -> None:
    calls: list[httpx2.Request] = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        calls.append(request)
        return answer

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answering))
    embedder = OpenAiEmbedder(http, AiSettings(embedding_model="m", dimensions=16))

    with pytest.raises(Misconfigured, match=named):
        await embed_singly(embedder, [f"product {number}" for number in range(32)])
    assert len(calls) == 1


async def test_a_vector_without_a_direction_is_the_text_s_own_fault() -> None:
    def answering(request: httpx2.Request) -> httpx2.Response:
        texts = json.loads(request.content)["input"]
        data = [
            {"index": at, "embedding": [0.0 if text == "void" else 1.0] * 16}
            for at, text in enumerate(texts)
        ]
        return httpx2.Response(200, json={"data": data})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answering))
    embedder = OpenAiEmbedder(http, AiSettings(embedding_model="m", dimensions=16))

    made = await embed_singly(embedder, ["boots", "void"])

    assert [isinstance(one, FailPermanent) for one in made] == [False, True]
