"""One JSON POST through a controller, called in process over ASGI.

A path parameter, a validated body in and out, and three objects made for the
request: the same in Hutch, by hand on bare Starlette, in FastAPI and in Litestar.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import fastapi
import litestar
import litestar.di
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.benchmarks.measure import Bar, Row, compare
from tests.benchmarks.runner import Runner

from hutch import App, Inject, Module, bind
from hutch.http import controller, post

POSTS = 4_000
BODY = b'{"email": "a@example.org", "items": ["book", "pen"], "total": 12.5}'


class Order(BaseModel):
    """What is posted."""

    email: str
    items: list[str]
    total: float


class Receipt(BaseModel):
    """What is answered."""

    shop: int
    email: str
    total: float


class Clock:
    """Made for each request."""


class Session:
    """Made for each request, with a clock."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock


class Orders:
    """Made for each request, with the same clock and the session."""

    def __init__(self, clock: Clock, session: Session) -> None:
        self.clock, self.session = clock, session

    async def place(self, shop: int, order: Order) -> Receipt:
        """Do the little that is done."""
        return Receipt(shop=shop, email=order.email, total=order.total)


@controller("/shops")
@dataclass
class Shops:
    """The controller of the benchmark."""

    @post("/{shop}/orders", status=201)
    async def create(
        self,
        shop: int,
        order: Order,
        clock: Inject[Clock],
        session: Inject[Session],
        orders: Inject[Orders],
    ) -> Receipt:
        """Place an order."""
        return await orders.place(shop, order)


def hutch_app() -> App:
    """Compose the module."""
    plain = [bind(cls).to(cls).per_request() for cls in (Clock, Session, Orders)]
    return App(Module("shops", providers=plain, controllers=[Shops]))


def starlette_app() -> Starlette:
    """Write the same handler by hand."""

    async def create(request: Request) -> Response:
        shop = int(request.path_params["shop"])
        order = Order.model_validate_json(await request.body())
        clock = Clock()
        session = Session(clock)
        receipt = await Orders(clock, session).place(shop, order)
        return Response(receipt.model_dump_json(), 201, media_type="application/json")

    return Starlette(routes=[Route("/shops/{shop}/orders", create, methods=["POST"])])


def fastapi_app() -> fastapi.FastAPI:
    """Write the same handler with FastAPI's async dependencies."""
    app = fastapi.FastAPI()

    async def clock() -> Clock:
        return Clock()

    async def session(clock: Annotated[Clock, fastapi.Depends(clock)]) -> Session:
        return Session(clock)

    async def orders(
        clock: Annotated[Clock, fastapi.Depends(clock)],
        session: Annotated[Session, fastapi.Depends(session)],
    ) -> Orders:
        return Orders(clock, session)

    async def create(
        shop: int,
        order: Order,
        clock: Annotated[Clock, fastapi.Depends(clock)],
        session: Annotated[Session, fastapi.Depends(session)],
        orders: Annotated[Orders, fastapi.Depends(orders)],
    ) -> Receipt:
        return await orders.place(shop, order)

    create.__annotations__ |= {
        "clock": Annotated[Clock, fastapi.Depends(clock)],
        "session": Annotated[Session, fastapi.Depends(session)],
        "orders": Annotated[Orders, fastapi.Depends(orders)],
    }
    session.__annotations__ |= {"clock": Annotated[Clock, fastapi.Depends(clock)]}
    orders.__annotations__ |= {
        "clock": Annotated[Clock, fastapi.Depends(clock)],
        "session": Annotated[Session, fastapi.Depends(session)],
    }
    app.post("/shops/{shop}/orders", status_code=201, response_model=Receipt)(create)
    return app


def litestar_app() -> litestar.Litestar:
    """Write the same handler with Litestar's async dependencies."""

    async def make_clock() -> Clock:
        return Clock()

    async def make_session(clock: Clock) -> Session:
        return Session(clock)

    async def make_orders(clock: Clock, session: Session) -> Orders:
        return Orders(clock, session)

    provide = litestar.di.Provide

    @litestar.post(
        "/shops/{shop:int}/orders",
        dependencies={
            "clock": provide(make_clock),
            "session": provide(make_session),
            "orders": provide(make_orders),
        },
    )
    async def create(
        shop: int, data: Order, clock: Clock, session: Session, orders: Orders
    ) -> Receipt:
        return await orders.place(shop, data)

    return litestar.Litestar(route_handlers=[create], openapi_config=None, logging_config=None)


def call(app: Any) -> Callable[[], Awaitable[None]]:
    """Return what posts one order to an ASGI app and checks the answer."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/shops/7/orders",
        "raw_path": b"/shops/7/orders",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"testserver"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(BODY)).encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start" and message["status"] != 201:
            raise AssertionError(message)

    async def once() -> None:
        await app(dict(scope), receive, send)

    return once


def post_rows() -> list[Row]:
    """Compare the four."""
    logging.disable(logging.CRITICAL)
    app = hutch_app()
    with Runner(app) as runner:
        peers = {
            "bare Starlette": (starlette_app(), Bar("at most", 1.4)),
            "FastAPI": (fastapi_app(), Bar("at most", 1)),
            "Litestar": (litestar_app(), Bar("at most", 1)),
        }
        return compare(
            "one JSON POST, three injected objects",
            runner.repeat(call(app), POSTS),
            {n: (runner.repeat(call(peer), POSTS), bar) for n, (peer, bar) in peers.items()},
            operations=POSTS,
        )
