"""The start page: the way to everything that the demo serves."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from demo.plays import PLAYS
from demo.settings import DemoSettings
from hutch.http import controller, get
from kit.pages import Pages


@controller("/")
@dataclass
class StartController:
    """Serves the start page."""

    pages: Pages
    settings: DemoSettings

    @get("/")
    async def show(self, request: Request) -> Response:
        """Lead to each app, to all queues, to the health of all and to the sandbox."""
        plays = [PLAYS[name]() for name in self.settings.apps]
        return self.pages.render(request, "start.html", plays=plays, sandbox=self.settings.sandbox)
