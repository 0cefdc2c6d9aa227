"""Problems as pages: who asks for a page is told in one what went wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.pages.pages import Pages

PROBLEM = "application/problem+json"
BY_PAGE = ("cache-control", "content-length", "content-type")
"""Headers that the page has of its own."""


def wants_page(connection: HTTPConnection) -> bool:
    """Tell whether a person with a browser asks, not a program."""
    return "text/html" in connection.headers.get("accept", "")


def showing(pages: Pages) -> Callable[[ASGIApp], ASGIApp]:
    """Return what wraps an app so that people get its problems as pages."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            is_asked = scope["type"] == "http" and scope["method"] != "HEAD"
            if not is_asked or not wants_page(HTTPConnection(scope)):
                return await app(scope, receive, send)
            answer = _Answer(pages, scope, receive, send)
            return await app(scope, receive, answer.take)

        return serve

    return wrap


@dataclass(slots=True)
class _Answer:
    """Passes an answer on, but a problem: that is held until it is whole.

    Attributes:
        begin: The problem's first message; None where the answer is none.
    """

    pages: Pages
    scope: Scope
    receive: Receive
    send: Send
    begin: Message | None = None
    body: bytearray = field(default_factory=bytearray, repr=False)

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self.begin = message
        elif self.begin is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._page(self.begin)(self.scope, self.receive, self.send)

    def _page(self, begin: Message) -> Response:
        problem: dict[str, Any] = json.loads(self.body)
        page = self.pages.render(
            HTTPConnection(self.scope),
            "problem.html",
            begin["status"],
            **{name: problem.get(name) for name in ("title", "detail", "request_id")},
        )
        for name, value in Headers(raw=begin["headers"]).items():
            if name not in BY_PAGE:
                page.headers.append(name, value)
        return page


def _is_problem(begin: Message) -> bool:
    return Headers(raw=begin["headers"]).get("content-type", "").startswith(PROBLEM)
