"""Problems: errors as RFC 9457 problem+json, raised by handlers or returned by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import responses
from typing import Any, ClassVar, TypeAlias

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"
_Answer: TypeAlias = Callable[[Request, Exception], Response]


class Problem(Exception):
    """An error that the client shall see as ``application/problem+json``.

    Raise it in a handler, guard, interceptor or provider. It is an ASGI app as
    well, so middleware can answer with it.

    See RFC 9457, Problem Details for HTTP APIs.
    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        title: str | None = None,
        type: str = "about:blank",  # noqa: A002 - the member's name in RFC 9457
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        """Describe the problem.

        Args:
            status: The HTTP status, 400 to 599.
            detail: What happened this time, for people. Never put a secret into it.
            title: What kind of problem it is; by default the status's own phrase.
            type: A URI that names the kind of problem.
            headers: Further headers of the response.
            extra: Further members of the JSON object.
        """
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.title = title or responses.get(status, "Error")
        self.type = type
        self.headers = dict(headers or {})
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.status} {self.title}" + (f": {self.detail}" if self.detail else "")

    def members(self) -> dict[str, Any]:
        """Return the JSON object's members."""
        members = {"type": self.type, "title": self.title, "status": self.status}
        detail = {} if self.detail is None else {"detail": self.detail}
        return {**self.extra, **members, **detail}

    def response(self) -> Response:
        """Return the response that tells of the problem; nobody may store it."""
        headers = {"cache-control": "no-store", **self.headers}
        return Response(to_json(self.members()), self.status, headers, MEDIA_TYPE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with this problem."""
        await self.response()(scope, receive, send)


class _Known(Problem):
    """A problem whose class says the status."""

    code: ClassVar[HTTPStatus]

    def __init__(self, detail: str | None = None, **more: Any) -> None:
        super().__init__(self.code, detail, **more)


class BadRequest(_Known):
    """400: the request cannot be read."""

    code = HTTPStatus.BAD_REQUEST


class Unauthorized(_Known):
    """401: nobody is logged in. Name the scheme in a ``WWW-Authenticate`` header."""

    code = HTTPStatus.UNAUTHORIZED


class Forbidden(_Known):
    """403: who is logged in may not do this."""

    code = HTTPStatus.FORBIDDEN


class NotFound(_Known):
    """404: there is no such thing."""

    code = HTTPStatus.NOT_FOUND


class Conflict(_Known):
    """409: the thing is not in a state that allows this."""

    code = HTTPStatus.CONFLICT


class PayloadTooLarge(_Known):
    """413: the body is larger than the app accepts."""

    code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMediaType(_Known):
    """415: the body is of a kind that this handler cannot read."""

    code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Unprocessable(_Known):
    """422: the request can be read but its values are wrong."""

    code = HTTPStatus.UNPROCESSABLE_ENTITY


class ServiceUnavailable(_Known):
    """503: not now."""

    code = HTTPStatus.SERVICE_UNAVAILABLE


class TooManyRequests(_Known):
    """429: too many requests; come back later."""

    code = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after: float, detail: str | None = None, **more: Any) -> None:
        """Describe the problem.

        Args:
            retry_after: Seconds until a request may pass again; whole ones are sent, rounded up.
            detail: What happened this time, for people.
            more: What ``Problem`` takes beside.
        """
        headers = {"retry-after": str(max(0, -int(-retry_after // 1))), **more.pop("headers", {})}
        super().__init__(detail, headers=headers, **more)


def answers(problem: Callable[[str], Problem], says: str = "{}") -> _Answer:
    """Make the handler that ``OnError`` takes: the error is answered with a problem.

    Args:
        problem: Its class, such as ``NotFound``.
        says: What the client is told; ``{}`` stands for the error's own message.
    """

    def answer(request: Request, error: Exception) -> Response:
        return problem(says.format(error)).response()

    return answer
