"""Answers: responses that can be stored and given again."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from hutch.http import Problem
from hutch.http.encode import Encoder
from hutch_lock.errors import ResultNotKept

_LEFT_OUT = frozenset({b"set-cookie", b"content-length"})
_ERRORS = 400


class NotAnswered(Exception):
    """A handler returned an error, which is not kept.

    Attributes:
        response: What it returned.
    """

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class Answer(BaseModel):
    """A response; cookies are the first client's alone, and not kept."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def response(self) -> Response:
        """Return it as a response."""
        response = Response(self.body, self.status)
        for name, value in self.headers:  # a name may stand there several times
            response.headers.append(name, value)
        return response


def answer_of(name: str, encoder: Encoder, result: Any) -> Answer:
    """Make the answer of what a handler returned.

    Raises:
        NotAnswered: It returned an error.
        ResultNotKept: It streams.
    """
    encoded = encoder.encode(result)
    if isinstance(encoded, bytes):
        headers = [("content-type", "application/json")] if encoder.adapter else []
        return Answer(status=encoder.status, headers=headers, body=encoded)
    response = encoded.response() if isinstance(encoded, Problem) else encoded
    if not isinstance(response, Response) or not isinstance(
        body := getattr(response, "body", None), bytes
    ):
        raise ResultNotKept(
            f"{name} streams its answer, which cannot be given again: take "
            "IdempotencyKey off it, or return the answer as a whole."
        )
    if response.status_code >= _ERRORS:
        raise NotAnswered(response)
    headers = [
        (key.decode("latin-1"), value.decode("latin-1"))
        for key, value in response.raw_headers
        if key not in _LEFT_OUT
    ]
    return Answer(status=response.status_code, headers=headers, body=body)
