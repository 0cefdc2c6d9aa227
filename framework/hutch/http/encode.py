"""Encode: turn what a handler returns into a response."""

from __future__ import annotations

import types
import typing
from typing import Any

from pydantic import TypeAdapter
from starlette.responses import Response
from starlette.types import ASGIApp, Send

from hutch.errors import InvalidDeclaration
from hutch.http.problem import Problem

_JSON = (b"content-type", b"application/json")
_BODYLESS = frozenset({204, 205, 304})


def returned_by(hint: Any) -> Any:
    """Reduce a return hint to what becomes JSON; ``Response`` where nothing does."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return Response if _is_response(hint) else hint
    members = tuple(member for member in typing.get_args(hint) if not _is_response(member))
    return typing.Union[members] if members else Response  # noqa: UP007 - made at run time


class Encoder:
    """Serialises the results of one handler.

    Attributes:
        hint: The handler's return hint.
        status: Of the response.
        adapter: Describes the JSON; None where there is no body.
    """

    __slots__ = ("_head", "_to_json", "adapter", "hint", "status")

    def __init__(self, hint: Any, status: int | None, where: str) -> None:
        """Compile the serializer of a return hint.

        Args:
            hint: The handler's return hint.
            status: As declared; None for the default.
            where: The handler's name, for errors.

        Raises:
            InvalidDeclaration: The type cannot be serialised, or the status allows no body.
        """
        self.hint = hint
        hint = returned_by(hint)
        empty = hint in (None, type(None))
        self.status = status or (204 if empty else 200)
        if self.status in _BODYLESS and not empty:
            raise InvalidDeclaration(f"{where}: {self.status} has no body; return None.")
        self.adapter = None if empty or hint is Response else _adapter(hint, where)
        self._to_json = self.adapter.serializer.to_json if self.adapter else None
        # Without a length some clients wait for the end of the connection.
        self._head = () if self.status in _BODYLESS else ((b"content-length", b"0"),)

    def encode(self, result: Any) -> bytes | ASGIApp:
        """Serialise a result; a response is returned as it is.

        Raises:
            PydanticSerializationError: The result is not what the hint says.
        """
        if isinstance(result, Response | Problem):
            return result
        if self._to_json is None:
            return b""
        return self._to_json(result, by_alias=True, warnings="error")

    async def send(self, body: bytes, send: Send) -> None:
        """Send the response of a serialised result."""
        headers: list[tuple[bytes, bytes]] = list(self._head)
        if self._to_json is not None:
            headers = [_JSON, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _is_response(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Response | Problem)


def _adapter(hint: Any, where: str) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(hint)
    except Exception as error:
        raise InvalidDeclaration(
            f"{where}: {hint!r} cannot become JSON; return a model, a dataclass, "
            "plain values or a Response."
        ) from error
