"""Refusals: how a handler leaves with an error as its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse


class Refusal(HTTPException):
    """Leave a handler with this answer."""

    def __init__(
        self,
        status: int,
        body: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        media_type: str = "application/json",
    ) -> None:
        super().__init__(status, headers=headers)
        self.body = body
        self._media_type = media_type

    def response(self) -> JSONResponse:
        """Write the answer."""
        return JSONResponse(self.body, self.status_code, self.headers, media_type=self._media_type)


@contextmanager
def refusing(refusal: Callable[[Sequence[str]], Refusal]) -> Iterator[None]:
    """Turn what breaks a schema into a refusal that names each place.

    Args:
        refusal: Makes it of what is wrong, one message for each place.
    """
    try:
        yield
    except ValidationError as error:
        parts = error.errors(include_input=False, include_url=False)
        messages = [f"$.{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in parts]
        raise refusal(messages) from error
