"""The dashboard: its page, its state and its live events."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from hutch.http import EventStream, controller, get, guard, post
from hutch_auth import OPERATOR, RequireRole
from hutch_pubsub import Events, everybody, sse
from kit.pages import Pages
from secondme.channels import CONNECTION, MESSAGES, PAUSES, QR
from secondme.schemas import StateView
from secondme.services.connection import Connection
from secondme.services.overview import Overview


@guard(RequireRole(OPERATOR))
@controller("/")
@dataclass
class DashboardController:
    """What operators see."""

    pages: Pages
    overview: Overview
    events: Events
    connection: Connection

    @get("/")
    async def page(self, request: Request) -> Response:
        """Show the page; it reads the state and listens by itself."""
        return self.pages.render(request, "dashboard.html")

    @get("/api/state")
    async def state(self) -> StateView:
        """Tell all that the page shows, as of now."""
        return await self.overview.state()

    @get("/api/events")
    async def stream(self) -> EventStream:
        """Stream messages, pauses, QR codes and the connection.

        ``listening`` comes first, and ``gap`` where something may have been missed: read the
        state then.
        """
        topics = (MESSAGES.of(), PAUSES.of(), QR.of(), CONNECTION.of())
        return await sse(self.events, *topics, authorise=everybody)

    @post("/api/disconnect", status=204)
    async def disconnect(self) -> None:
        """Log out of WhatsApp; a new QR code follows."""
        await self.connection.end()
