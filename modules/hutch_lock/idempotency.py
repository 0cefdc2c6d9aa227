"""Idempotency keys over HTTP: a request that is sent again gets the answer of the first.

Source: IETF draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from types import FunctionType
from typing import Any, cast

from starlette.requests import HTTPConnection, Request

from hutch.graph.signature import hints_of
from hutch.http import BadRequest, Conflict, Problem, ServiceUnavailable, Unprocessable, add_header
from hutch.http.declare import operations_of
from hutch.http.encode import Encoder
from hutch.interceptors import Invocation, Proceed
from hutch.marks import handlers_of
from hutch_lock.answer import Answer, NotAnswered, answer_of
from hutch_lock.errors import InProgress, LockError, LockLost, OtherFingerprint
from hutch_lock.port import Once
from hutch_lock.settings import LockSettings

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"
_LONGEST = 255


class IdempotencyKey:
    """Answers requests with an ``Idempotency-Key`` once: ``@intercept(IdempotencyKey)``.

    The same key with the same request gets the same answer, with another request 422, and 409
    while the first is under way. A request that fails, with an error or a status from 400, is
    not done: it can be sent again. Without the header a handler runs as ever.
    """

    def __init__(self, once: Once, settings: LockSettings) -> None:
        self._once = once
        self._keep = timedelta(seconds=settings.keep_answers)
        self._encoders: dict[tuple[type[Any], str, str], Encoder] = {}

    def caller(self, connection: HTTPConnection) -> str:
        """Tell who asks, since everybody has keys of their own.

        By default that is the ``Authorization`` header and the cookies. Override it where they
        change from one request to the next, or where callers are known by something else.
        """
        headers = connection.headers
        return "\n".join([*headers.getlist("authorization"), "", *headers.getlist("cookie")])

    async def __call__(self, call: Invocation, proceed: Proceed) -> Any:
        """Answer a request; anything else passes."""
        is_request = isinstance(call.source, Request)
        request = cast("Request[Any]", call.source)
        if not is_request or HEADER not in request.headers:
            return await proceed()
        attempt = _Attempt(call.name, self._encoder(call, request.method), proceed)
        try:
            found = await self._once.outcome(
                self._name(call, request),
                attempt.run,
                keep=self._keep,
                fingerprint=await _fingerprint(request),
                returns=Answer,
            )
        except NotAnswered as refused:
            return refused.response
        except LockError as error:
            # The handler's own use of locks is its own affair.
            if attempt.began and not isinstance(error, LockLost):
                raise
            raise _problem(error) from error
        if not found.repeated:
            return attempt.result
        await call.admit()
        add_header(request, REPLAYED, "true")
        return found.result.response()

    def _name(self, call: Invocation, request: Request) -> tuple[str, ...]:
        key = request.headers[HEADER]
        if not key or len(key) > _LONGEST or not (key.isascii() and key.isprintable()):
            raise BadRequest(f"Idempotency-Key: send 1 to {_LONGEST} printable ASCII characters.")
        who = hashlib.sha256(f"{self.caller(request)}\n{key}".encode()).hexdigest()
        return ("idempotency", call.name, who)

    def _encoder(self, call: Invocation, method: str) -> Encoder:
        place = call.owner, call.name, method
        if place not in self._encoders:
            function = handlers_of(call.owner)[call.name.rpartition(".")[2]].function
            hint = hints_of(function, cast(FunctionType, function)).get("return", Any)
            statuses: Mapping[str, int | None] = {
                operation.method: operation.status for operation in operations_of(function)
            }
            self._encoders[place] = Encoder(hint, statuses.get(method), call.name)
        return self._encoders[place]


class _Attempt:
    """One call of the handler."""

    def __init__(self, name: str, encoder: Encoder, proceed: Proceed) -> None:
        self.began = False
        self.result: Any = None
        self._name = name
        self._encoder = encoder
        self._proceed = proceed

    async def run(self) -> Answer:
        """Call the handler; return what is kept of what it returned."""
        self.began = True
        self.result = await self._proceed()
        return answer_of(self._name, self._encoder, self.result)


async def _fingerprint(request: Request) -> bytes:
    body = hashlib.sha256(await request.body()).hexdigest()
    return f"{request.method} {request.url.path}?{request.url.query}\n{body}".encode()


def _problem(error: LockError) -> Problem:
    """Turn what ``Once`` refuses into what the client shall see."""
    if isinstance(error, InProgress):
        wait = str(max(1, round(error.left.total_seconds())))
        return Conflict(
            "A request with this Idempotency-Key is under way; send it again later.",
            headers={"retry-after": wait},
        )
    if isinstance(error, OtherFingerprint):
        return Unprocessable(
            "This Idempotency-Key was used for another request; use a new key for this one."
        )
    if isinstance(error, LockLost):
        return ServiceUnavailable("The request was broken off; look what was done of it.")
    return ServiceUnavailable("Nothing was done: try again with the same Idempotency-Key.")
