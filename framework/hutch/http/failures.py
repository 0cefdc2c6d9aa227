"""Failures: turn what a handler raises into a response."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hutch.context import current_context
from hutch.contributions import OnError
from hutch.http.problem import Problem

_log = structlog.get_logger(__name__)


class Failures:
    """Knows which response stands for which exception."""

    def __init__(self, contributed: Iterable[OnError] = ()) -> None:
        """Collect the handlers; later ones replace earlier ones for the same class."""
        ours = [OnError(Problem, _of_problem), OnError(HTTPException, _of_http_exception)]
        self._handlers = {known.error: known.handle for known in [*ours, *contributed]}

    async def response(self, request: Request, error: Exception) -> Response:
        """Return the response for an error: the nearest base class decides.

        What nobody handles is logged and becomes a 500 that tells nothing but the
        request's id.
        """
        for cls in type(error).__mro__:
            if handle := self._handlers.get(cls):
                try:
                    answer = handle(request, error)
                    return await answer if inspect.isawaitable(answer) else answer
                except Problem as problem:
                    return problem.response()
                except Exception as raised:
                    return unexpected(raised).response()
        return unexpected(error).response()


def unexpected(error: Exception) -> Problem:
    """Log an error that nobody expected; return the problem to answer with."""
    _log.error("request failed", exc_info=error)
    request_id = current_context().get("request_id")
    return Problem(500, **({"request_id": request_id} if request_id else {}))


def problem_of(error: Exception) -> Problem | None:
    """Return the problem that an error is, None if it is none."""
    if isinstance(error, HTTPException):
        known = None if error.detail == "" else error.detail
        return Problem(error.status_code, known, headers=error.headers)
    return error if isinstance(error, Problem) else None


def _of_problem(_: Request, problem: Problem) -> Response:
    return problem.response()


def _of_http_exception(_: Request, error: HTTPException) -> Response:
    problem = problem_of(error)
    assert problem is not None
    return problem.response()
