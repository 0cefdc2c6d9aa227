"""The sandbox keeps the contract of a model's server; asked in plain HTTP."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

CHAT = {"model": "sandbox-chat", "messages": [{"role": "user", "content": "Hello"}]}
EMBED = {"model": "sandbox-embedding", "input": ["red", "blue"]}


async def post(models, path: str, body: Any, key: str | None = "key") -> httpx2.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return await models.http.post(f"{models.url}{path}", json=body, headers=headers)


async def test_a_completion_has_its_shape(models):
    body = (await post(models, "/v1/chat/completions", CHAT)).json()

    assert body["object"] == "chat.completion"
    [choice] = body["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    assert body["usage"]["total_tokens"] == sum(
        body["usage"][name] for name in ("prompt_tokens", "completion_tokens")
    )


async def test_embeddings_name_their_input(models):
    body = (await post(models, "/v1/embeddings", EMBED)).json()

    assert body["object"] == "list"
    assert [one["index"] for one in body["data"]] == [1, 0]
    assert {len(one["embedding"]) for one in body["data"]} == {256}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings"])
async def test_a_key_is_needed(models, path: str):
    answer = await post(models, path, {}, key=None)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/chat/completions", CHAT | {"model": "other"}, 404, "model_not_found"),
        ("/v1/chat/completions", CHAT | {"colour": "red"}, 400, None),
        ("/v1/chat/completions", CHAT | {"messages": []}, 400, None),
        ("/v1/chat/completions", CHAT | {"temperature": 3}, 400, None),
        ("/v1/embeddings", EMBED | {"input": []}, 400, None),
        ("/v1/embeddings", EMBED | {"input": [""]}, 400, None),
        ("/v1/embeddings", EMBED | {"input": ["a"] * 2049}, 400, None),
        ("/v1/embeddings", EMBED | {"encoding_format": "base64"}, 400, None),
        ("/v1/embeddings", EMBED | {"model": "other"}, 404, "model_not_found"),
    ],
)
async def test_what_breaks_the_contract_is_refused(
    models, path: str, body: Any, status: int, code: str | None
):
    answer = await post(models, path, body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
