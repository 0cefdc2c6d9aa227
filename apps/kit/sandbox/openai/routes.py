"""The endpoints of a model's server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.ai import NgramEmbedder
from kit.platforms import FailPermanent
from kit.sandbox.faults import Fault, FaultOrder, Faults, PlatformName
from kit.sandbox.openai import errors
from kit.sandbox.openai.requests import Chat, Embed
from kit.sandbox.openai.state import OpenAiState
from kit.sandbox.refusals import refusing

CHAT_MODEL, EMBEDDING_MODEL = "sandbox-chat", "sandbox-embedding"
DIMENSIONS = 256
MOST_TOKENS = 2048
"""How many words a conversation or a text may have; a word is a token here."""

Serve = Callable[[Request, FaultOrder | None], Awaitable[dict[str, Any]]]
_serial = count(1)


def openai_routes(state: OpenAiState, faults: Faults) -> list[Route]:
    """List the routes. Faults strike both kinds of calls."""
    server = _Server(state, faults, NgramEmbedder(DIMENSIONS))
    return [
        Route("/v1/chat/completions", server.chat, methods=["POST"]),
        Route("/v1/embeddings", server.embed, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class _Server:
    state: OpenAiState
    faults: Faults
    embedder: NgramEmbedder

    async def chat(self, request: Request) -> Response:
        return await self._serve(request, self._chat)

    async def embed(self, request: Request) -> Response:
        return await self._serve(request, self._embed)

    async def _serve(self, request: Request, serve: Serve) -> Response:
        order = self.faults.take(PlatformName.OPENAI)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise errors.unauthorized()
        if order:
            await _strike(order)
        answer = await serve(request, order)
        self.state.count(answer["object"], answer["usage"]["total_tokens"])
        return JSONResponse(answer)

    async def _chat(self, request: Request, order: FaultOrder | None) -> dict[str, Any]:
        with refusing(errors.invalid):
            chat = Chat.model_validate_json(await request.body(), strict=True)
        _check(chat.model == CHAT_MODEL, len(chat.words))
        refused = order is not None and order.fault is Fault.REFUSED
        cut = order is not None and order.fault is Fault.CUT_SHORT
        text = f"A sandbox wrote this, from {len(chat.words)} words."
        message = {"role": "assistant", "content": None if refused else text, "refusal": None}
        if refused:
            message["refusal"] = "The sandbox declines."
        choice = {"index": 0, "message": message, "finish_reason": "length" if cut else "stop"}
        return {
            "id": f"chatcmpl-{next(_serial)}",
            "object": "chat.completion",
            "model": CHAT_MODEL,
            "choices": [choice],
            "usage": _usage(len(chat.words), len(text.split())),
        }

    async def _embed(self, request: Request, order: FaultOrder | None) -> dict[str, Any]:
        with refusing(errors.invalid):
            embed = Embed.model_validate_json(await request.body(), strict=True)
        for text in embed.input:
            _check(embed.model == EMBEDDING_MODEL, len(text.split()))
        try:
            vectors = await self.embedder.embed(embed.input)
        except FailPermanent as error:
            raise errors.invalid([str(error)]) from error
        data = [
            {"object": "embedding", "index": index, "embedding": vector.tolist()}
            for index, vector in enumerate(vectors)
        ]
        if order and order.fault is Fault.CUT_SHORT:
            data.pop()
        usage = _usage(sum(len(text.split()) for text in embed.input), 0)
        # The contract promises no order, only the index.
        return {"object": "list", "model": EMBEDDING_MODEL, "data": data[::-1], "usage": usage}


async def _strike(order: FaultOrder) -> None:
    match order.fault:
        case Fault.RATE_LIMITED:
            raise errors.limited(order.seconds)
        case Fault.USAGE_CAPPED:
            raise errors.out_of_quota()
        case Fault.SERVER_ERROR:
            raise errors.broken()
        case Fault.SLOW:
            await asyncio.sleep(order.seconds)
        case _:
            pass


def _check(is_known: bool, tokens: int) -> None:
    if not is_known:
        raise errors.unknown_model()
    if tokens > MOST_TOKENS:
        raise errors.too_long(tokens, MOST_TOKENS)


def _usage(asked: int, answered: int) -> dict[str, int]:
    return {
        "prompt_tokens": asked,
        "completion_tokens": answered,
        "total_tokens": asked + answered,
    }
