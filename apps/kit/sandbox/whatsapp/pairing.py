"""The endpoints of sessions: the Cloud API has none, so these are the sandbox's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.refusals import Refusal
from kit.sandbox.whatsapp.requests import NewSession, Scan, Wait
from kit.sandbox.whatsapp.sessions import Session, SessionState
from kit.sandbox.whatsapp.state import WhatsAppState
from kit.sandbox.x.problems import problem, problems

PATH = "/_sandbox/whatsapp/sessions"


def session_routes(state: WhatsAppState) -> list[Route]:
    """List the routes that make sessions, show them, connect them and end them."""
    pairing = _Pairing(state)
    return [
        Route(PATH, pairing.start, methods=["POST"]),
        Route(f"{PATH}/{{id}}", pairing.look, methods=["GET"]),
        Route(f"{PATH}/{{id}}", pairing.end, methods=["DELETE"]),
        Route(f"{PATH}/{{id}}/scan", pairing.scan, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class _Pairing:
    state: WhatsAppState

    async def start(self, request: Request) -> Response:
        with problems():
            new = NewSession.model_validate_json(await request.body() or b"{}")
        session = Session(new.username)
        self.state.sessions[session.id] = session
        return _told(session, 201)

    async def look(self, request: Request) -> Response:
        session = self._find(request)
        with problems():
            asked = Wait.model_validate(dict(request.query_params))
        await session.wait(asked.after, asked.wait)
        return _told(session)

    async def scan(self, request: Request) -> Response:
        session = self._find(request)
        with problems():
            qr = Scan.model_validate_json(await request.body()).qr
        if not session.accepts(qr):
            raise problem(409, "Conflict", "This code is not the one that is shown now.")
        session.scan(self.state.accounts.connect(session.username))
        return JSONResponse(session.plain())

    async def end(self, request: Request) -> Response:
        session = self._find(request)
        session.log_out()
        return _told(session)

    def _find(self, request: Request) -> Session:
        session = self.state.sessions.get(request.path_params["id"])
        if session is None:
            raise _unknown()
        return session


def _unknown() -> Refusal:
    return problem(404, "Not Found", "There is no such session (any more): ask for a new one.")


def _told(session: Session, status: int = 200) -> Response:
    """Tell a session to the app that asked for it, with its token while it is connected."""
    told: dict[str, Any] = session.plain()
    if session.grant and session.state is SessionState.CONNECTED:
        told["access_token"] = session.grant.pair.access
        told["expires_at"] = session.grant.pair.expires_at.isoformat()
    return JSONResponse(told, status, headers={"cache-control": "no-store"})
