"""Instagram's endpoints."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kit.sandbox.accounts import bearer
from kit.sandbox.faults import PLAYED, PREPARING, Fault, FaultOrder, Faults, PlatformName
from kit.sandbox.graph.door import Door, Visit
from kit.sandbox.graph.refusals import checked, limited, unauthorized, unavailable
from kit.sandbox.instagram.publishing import Publishing
from kit.sandbox.instagram.reading import Reading
from kit.sandbox.instagram.refusals import capped, restricted, too_young
from kit.sandbox.instagram.requests import Refresh
from kit.sandbox.instagram.state import DAY, LIFETIME, InstagramState
from kit.sandbox.spoiling import spoil

_PUBLISHING = PLAYED[PlatformName.INSTAGRAM] - PREPARING


def instagram_routes(state: InstagramState, faults: Faults) -> list[Route]:
    """List the routes of Instagram, below ``/instagram``."""
    door = Door(state.accounts, state.windows)
    instagram = _Instagram(state, faults, door, Publishing(state), Reading(state))
    base = "/instagram/{version}/{node}"
    return [
        Route("/instagram/refresh_access_token", instagram.refresh, methods=["GET"]),
        Route(f"{base}/media", instagram.prepare, methods=["POST"]),
        Route(f"{base}/media", instagram.list, methods=["GET"]),
        Route(f"{base}/media_publish", instagram.publish, methods=["POST"]),
        Route(f"{base}/insights", instagram.insights, methods=["GET"]),
        Route(base, instagram.look, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Instagram:
    state: InstagramState
    faults: Faults
    door: Door
    publishing: Publishing
    reading: Reading

    async def prepare(self, request: Request) -> Response:
        order = self.faults.take(PlatformName.INSTAGRAM, PREPARING)

        async def serve(visit: Visit) -> Response:
            return self.publishing.prepare(visit, order)

        return await self.door.serve(request, serve)

    async def publish(self, request: Request) -> Response:
        order = self.faults.take(PlatformName.INSTAGRAM, _PUBLISHING)

        async def serve(visit: Visit) -> Response:
            visit.own()
            if order:
                _refuse(order, visit)
            return await spoil(order, self.publishing.publish(visit), unavailable())

        expire = order is not None and order.fault is Fault.EXPIRED_TOKEN
        return await self.door.serve(request, serve, expire=expire)

    async def list(self, request: Request) -> Response:
        return await self.door.serve(request, self.reading.list)

    async def look(self, request: Request) -> Response:
        return await self.door.serve(request, self.reading.look)

    async def insights(self, request: Request) -> Response:
        return await self.door.serve(request, self.reading.insights)

    async def refresh(self, request: Request) -> Response:
        with checked():
            query = dict(request.query_params)
            token = query.pop("access_token", "") or bearer(request)
            Refresh.model_validate(query)
        grant = self.state.accounts.grant(token)
        if grant is None:
            raise unauthorized()
        if grant.pair.age(LIFETIME) < DAY:
            raise too_young()
        self.state.accounts.extend(token)
        seconds = int(LIFETIME.total_seconds())
        kind = {"token_type": "bearer", "expires_in": seconds}
        return JSONResponse({"access_token": grant.pair.access} | kind)


def _refuse(order: FaultOrder, visit: Visit) -> None:
    match order.fault:
        case Fault.RATE_LIMITED:
            raise limited(visit.node, max(1, round(order.seconds / 60)))
        case Fault.USAGE_CAPPED:
            raise capped()
        case Fault.SUSPENDED:
            raise restricted()
        case _:
            return
