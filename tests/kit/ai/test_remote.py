"""The models behind a server, over real sockets against the sandbox."""

from __future__ import annotations

import json
import logging
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import numpy as np
import pytest
from pydantic import SecretStr

from kit.ai import (
    AiSettings,
    Misconfigured,
    OpenAiEmbedder,
    OpenAiWriter,
    Refused,
    Task,
    TooLong,
    embed_singly,
)
from kit.platforms import FailPermanent, PauseAccount, RetryAfter, RetryBackoff

TASK = Task("post", "Write a post.", ("$product: $benefit",))
FACTS = {"product": "a lamp", "benefit": "light"}


def scripted(answer: httpx2.Response, **settings: Any) -> tuple[OpenAiWriter, OpenAiEmbedder]:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _: answer))
    known = AiSettings(chat_model="m", embedding_model="m", dimensions=16, **settings)
    return OpenAiWriter(http, known), OpenAiEmbedder(http, known)


def refusal(status: int, code: str | int | None = None, message: str = "") -> httpx2.Response:
    return httpx2.Response(status, json={"error": {"code": code, "message": message}})


async def test_a_model_writes(models):
    written = await models.writer().write(TASK, FACTS)

    assert written.text == "A sandbox wrote this, from 8 words."
    assert (written.model, written.complete, written.tokens) == ("sandbox-chat", True, 15)


async def test_what_is_asked():
    asked: list[dict[str, Any]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(json.loads(request.content))
        return httpx2.Response(200, json={"choices": [{"message": {"content": " Hi "}}]})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    settings = AiSettings(chat_model="m", temperature=0.5)
    written = await OpenAiWriter(http, settings).write(TASK, FACTS)

    assert (written.text, written.model) == ("Hi", "m")
    assert asked == [
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "Write a post."},
                {"role": "user", "content": '{"product": "a lamp", "benefit": "light"}'},
            ],
            "max_tokens": 400,
            "temperature": 0.5,
        }
    ]


async def test_the_limit_of_an_answer_has_two_names(models):
    written = await models.writer(tokens_parameter="max_completion_tokens").write(TASK, FACTS)

    assert written.complete


async def test_a_text_that_was_cut_says_so(models):
    await models.fault("cut_short")

    assert (await models.writer().write(TASK, FACTS)).complete is False


async def test_a_model_that_declines(models):
    await models.fault("refused")

    with pytest.raises(Refused, match="declines"):
        await models.writer().write(TASK, FACTS)


async def test_a_text_that_is_too_long(models):
    with pytest.raises(TooLong, match="longer than the model takes"):
        await models.writer().write(TASK, {"product": "word " * 3000})
    with pytest.raises(TooLong):
        await models.embedder().embed(["word " * 3000])


async def test_a_limit_says_until_when(models):
    await models.fault("429", seconds=60)

    with pytest.raises(RetryAfter) as refused:
        await models.writer().write(TASK, FACTS)

    assert abs(refused.value.at - datetime.now(UTC) - timedelta(seconds=60)).total_seconds() < 5


async def test_a_used_up_quota_pauses(models):
    await models.fault("usage_capped")

    with pytest.raises(PauseAccount, match="quota is used up"):
        await models.embedder().embed(["a"])


async def test_a_server_that_fails_may_be_asked_again(models):
    await models.fault("5xx")

    with pytest.raises(RetryBackoff, match="503"):
        await models.writer().write(TASK, FACTS)


async def test_a_slow_answer_may_be_asked_for_again(models):
    await models.fault("slow", seconds=0.3)
    async with httpx2.AsyncClient(timeout=0.1) as http:
        with pytest.raises(RetryBackoff, match="ReadTimeout"):
            await OpenAiWriter(http, models.settings()).write(TASK, FACTS)


async def test_a_refused_connection_may_be_tried_again(models):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(RetryBackoff, match="ConnectError"):
        await models.writer(base_url=f"http://127.0.0.1:{port}").write(TASK, FACTS)


@pytest.mark.parametrize(
    ("answer", "outcome", "message"),
    [
        (refusal(401), Misconfigured, r"check ai\.api_key"),
        (refusal(403), Misconfigured, r"check ai\.api_key"),
        (refusal(404, "model_not_found"), Misconfigured, r"ai\.chat_model"),
        (refusal(400, "content_filter"), Refused, "filter"),
        (refusal(400, "context_length_exceeded"), TooLong, "longer"),
        (refusal(400, 400, "This model's maximum context length is 10"), TooLong, "longer"),
        (refusal(413), TooLong, "413"),
        (refusal(422), FailPermanent, "422"),
        (refusal(429), RetryBackoff, "names no time"),
        (refusal(500), RetryBackoff, "500"),
        (httpx2.Response(502, text="<html>"), RetryBackoff, "502"),
        (httpx2.Response(503, headers={"retry-after": "5"}), RetryAfter, "503"),
        (httpx2.Response(200, json={"choices": []}), FailPermanent, "without what was asked"),
        (
            httpx2.Response(200, json={"choices": [{"message": {"content": " "}}]}),
            RetryBackoff,
            "empty",
        ),
    ],
)
async def test_what_an_answer_means(
    answer: httpx2.Response, outcome: type[Exception], message: str
):
    with pytest.raises(outcome, match=message):
        await scripted(answer)[0].write(TASK, FACTS)


async def test_a_budget_that_is_used_up_counts_and_not_the_other():
    headers = {
        "x-ratelimit-remaining-requests": "7",
        "x-ratelimit-reset-requests": "1h0m0s",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1m30s",
    }
    with pytest.raises(RetryAfter) as refused:
        await scripted(httpx2.Response(429, headers=headers))[0].write(TASK, FACTS)

    assert abs(refused.value.at - datetime.now(UTC) - timedelta(seconds=90)).total_seconds() < 5


async def test_vectors_come_in_the_order_of_the_texts(models):
    embedder = models.embedder()

    together = await embedder.embed(["red boots", "a silk dress", "wool"])
    alone = [(await embedder.embed([text]))[0] for text in ("red boots", "a silk dress", "wool")]

    assert [one.shape for one in together] == [(256,)] * 3
    assert all(np.array_equal(a, b) for a, b in zip(together, alone, strict=True))
    assert all(abs(float(np.linalg.norm(one)) - 1) < 1e-6 for one in together)


async def test_many_texts_go_in_batches():
    sizes: list[int] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        texts = json.loads(request.content)["input"]
        sizes.append(len(texts))
        data = [{"index": at, "embedding": [1.0] * 16} for at in range(len(texts))]
        return httpx2.Response(200, json={"data": data})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    settings = AiSettings(embedding_model="m", dimensions=16, batch_size=32)

    assert len(await OpenAiEmbedder(http, settings).embed(["text"] * 100)) == 100
    assert sizes == [32, 32, 32, 4]


@pytest.mark.req("FD-42")
async def test_vectors_of_another_length_are_refused(models):
    with pytest.raises(FailPermanent, match=r"shape \(256,\), not \(384,\).*ai\.dimensions"):
        await models.embedder(dimensions=384).embed(["text"])


async def test_a_missing_vector_is_noticed(models):
    await models.fault("cut_short")

    with pytest.raises(RetryBackoff, match="2 texts were sent and 1 vectors came back"):
        await models.embedder().embed(["one", "two"])


async def test_an_empty_text_is_not_sent():
    with pytest.raises(FailPermanent, match="Text 1 of 2 is empty"):
        await scripted(httpx2.Response(500))[1].embed(["text", " "])


@pytest.mark.req("FD-17")
async def test_one_bad_text_does_not_fail_its_neighbours(models):
    texts = [f"product {number}" for number in range(32)]
    texts[20] = "word " * 3000

    made = await embed_singly(models.embedder(), texts)

    bad = [at for at, one in enumerate(made) if isinstance(one, FailPermanent)]
    assert bad == [20]
    assert isinstance(made[20], TooLong)


async def test_a_limit_concerns_every_text(models):
    await models.fault("429")

    with pytest.raises(RetryAfter):
        await embed_singly(models.embedder(), ["one", "two"])


async def test_without_a_model_nothing_is_sent(models):
    with pytest.raises(FailPermanent, match=r"set ai\.chat_model"):
        await models.writer(chat_model="").write(TASK, FACTS)
    with pytest.raises(FailPermanent, match=r"set ai\.embedding_model"):
        await models.embedder(embedding_model="").embed(["text"])


async def test_a_key_that_is_none_is_not_quoted(models):
    with pytest.raises(FailPermanent, match=r"check ai\.api_key") as refused:
        await models.writer(api_key=SecretStr("secret\nkey")).write(TASK, FACTS)

    assert "secret" not in str(refused.value)


async def test_no_text_is_logged_or_quoted(models, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    task = Task("t", "private instructions", ("private template",))

    written = await models.writer().write(task, {"name": "private fact"})
    await models.embedder().embed(["private text"])
    with pytest.raises(TooLong) as refused:
        await models.writer().write(task, {"name": "private " * 3000})

    said = f"{caplog.text} {refused.value} {task!r} {written!r} {models.writer()!r}"
    assert "private" not in said
    assert "a-key" not in said
    assert "A sandbox wrote" not in said
