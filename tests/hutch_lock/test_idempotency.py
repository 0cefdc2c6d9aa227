"""Idempotency keys over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from hutch import Inject, Module, bind, intercept
from hutch.http import NotFound, Unauthorized, controller, get, post
from hutch.testing import Testing, testing
from hutch_lock import IdempotencyKey, LockSettings, LockUnavailable, Once, lock_module
from hutch_redis import Redis, RedisSettings


class Order(BaseModel):
    article: str
    count: int = 1


@dataclass
class Seen:
    orders: list[Order] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)


@intercept(IdempotencyKey)
@controller("/orders")
@dataclass
class Orders:
    seen: Seen

    @post("/", status=201)
    async def create(self, order: Order) -> dict[str, Any]:
        self.seen.orders.append(order)
        return {"id": len(self.seen.orders), "article": order.article}

    @post("/slow")
    async def slow(self, order: Order) -> None:
        self.seen.began.set()
        await self.seen.gate.wait()
        self.seen.orders.append(order)

    @post("/missing")
    async def missing(self, order: Order) -> None:
        self.seen.orders.append(order)
        raise NotFound("No such article.")

    @post("/plain")
    async def plain(self, order: Order) -> Response:
        self.seen.orders.append(order)
        answer = PlainTextResponse(f"order {len(self.seen.orders)}", 202, {"x-order": "ä"})
        answer.set_cookie("sid", "secret")
        answer.headers.append("link", "</orders/1>; rel=self")
        answer.headers.append("link", "</orders>; rel=up")
        return answer

    @post("/bad")
    async def bad(self, order: Order) -> Response:
        self.seen.orders.append(order)
        return PlainTextResponse("no", 400)

    @post("/streaming")
    async def streaming(self, order: Order) -> Response:
        return StreamingResponse(iter(["a"]))

    @post("/inner")
    async def inner(self, order: Order) -> None:
        raise LockUnavailable("the handler's own")

    @get("/")
    async def list_(self) -> int:
        return len(self.seen.orders)


shop = Module(
    "shop", imports=[lock_module()], providers=[Seen], controllers=[Orders], exports=[Seen, Once]
)
ORDER = {"article": "teapot"}


@pytest.fixture(params=["memory", "redis"])
async def t(
    request: pytest.FixtureRequest, redis_url: str, redis_prefix: str
) -> AsyncIterator[Testing]:
    overrides: list[Any] = [bind(LockSettings).value(LockSettings(backend=request.param))]
    if request.param == "redis":
        redis = RedisSettings.model_validate({"url": redis_url, "prefix": redis_prefix})
        overrides.append(bind(RedisSettings).value(redis))
    async with testing(shop, *overrides) as t:
        yield t


async def send(t: Testing, path: str = "/", key: str | None = "k1", **more: Any) -> Any:
    headers = {**({"idempotency-key": key} if key is not None else {}), **more.pop("headers", {})}
    return await t.client.post(f"/orders{path}", **{"json": ORDER, "headers": headers, **more})


async def test_the_same_request_gets_the_same_answer(t: Testing) -> None:
    first, second = await send(t), await send(t)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content == b'{"id":1,"article":"teapot"}'
    assert first.headers["content-type"] == second.headers["content-type"] == "application/json"
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert (await send(t, key="k2")).json()["id"] == 2
    assert len(t.get(Seen).orders) == 2


async def test_another_request_with_the_key_is_422(t: Testing) -> None:
    await send(t)
    for other in ({"json": {"article": "cup"}}, {"params": {"x": "1"}}):
        answer = await send(t, **other)
        assert answer.status_code == 422
        assert "was used for another request; use a new key" in answer.json()["detail"]
    assert len(t.get(Seen).orders) == 1


async def test_while_the_first_is_under_way_it_is_409(t: Testing) -> None:
    seen = t.get(Seen)
    task = asyncio.create_task(send(t, "/slow"))
    await seen.began.wait()
    answer = await send(t, "/slow")
    assert answer.status_code == 409
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    seen.gate.set()
    assert (await task).status_code == 204
    again = await send(t, "/slow")
    assert (again.status_code, again.content) == (204, b"")
    assert len(seen.orders) == 1


@pytest.mark.parametrize("path", ["/missing", "/bad"])
async def test_an_error_is_not_kept(t: Testing, path: str) -> None:
    first, second = await send(t, path), await send(t, path)
    assert first.status_code == second.status_code >= 400
    assert first.content == second.content
    assert len(t.get(Seen).orders) == 2


async def test_a_response_is_kept_without_its_cookies(t: Testing) -> None:
    first = await send(t, "/plain")
    # its answer was lost: the client has no cookie yet
    t.client.cookies.clear()
    second = await send(t, "/plain")
    assert first.headers["set-cookie"].startswith("sid=secret")
    assert "set-cookie" not in second.headers
    for name in ("content-type", "content-length", "x-order"):
        assert first.headers.get_list(name) == second.headers.get_list(name)
        assert len(first.headers.get_list(name)) == 1
    links = ["</orders/1>; rel=self", "</orders>; rel=up"]
    assert first.headers.get_list("link") == second.headers.get_list("link") == links
    assert first.status_code == second.status_code == 202
    assert first.text == second.text == "order 1"


async def test_what_is_no_call_with_a_key_passes(t: Testing) -> None:
    for _ in range(2):
        assert (await send(t, key=None)).status_code == 201
    assert (await t.client.get("/orders/")).json() == 2


async def test_each_caller_has_keys_of_their_own(t: Testing) -> None:
    ann = {"authorization": "Bearer ann"}
    ids = [(await send(t, headers=h)).json()["id"] for h in (ann, {}, ann, {"cookie": "sid=1"})]
    assert ids == [1, 2, 1, 3]


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f", "ä".encode("latin-1")])
async def test_a_key_that_cannot_be_one_is_400(t: Testing, key: Any) -> None:
    answer = await send(t, key=key)
    assert answer.status_code == 400
    assert "send 1 to 255 printable ASCII characters" in answer.json()["detail"]
    assert not t.get(Seen).orders


@pytest.mark.parametrize("path", ["/streaming", "/inner"])
async def test_a_mistake_of_the_handler_is_its_own(t: Testing, path: str) -> None:
    assert (await send(t, path)).status_code == 500


async def test_with_redis_away_it_is_503(unused_tcp_port: int) -> None:
    redis = RedisSettings.model_validate({"url": f"redis://127.0.0.1:{unused_tcp_port}"})
    overrides = (
        bind(RedisSettings).value(redis),
        bind(LockSettings).value(LockSettings(backend="redis")),
    )
    async with testing(shop, *overrides) as t:
        answer = await send(t)
        assert answer.status_code == 503
        assert "try again with the same Idempotency-Key" in answer.json()["detail"]
        assert not t.get(Seen).orders


async def test_neither_key_nor_content_stands_in_redis(redis: Redis) -> None:
    overrides = (
        bind(Redis).value(redis),
        bind(LockSettings).value(LockSettings(backend="redis")),
    )
    async with testing(shop, *overrides) as t:
        await send(t, key="personal@example.com", headers={"authorization": "Bearer s3cret"})
    names = [key.decode() async for key in redis.state.scan_iter(f"{redis.keys.prefix}*")]
    (name,) = [name for name in names if "idempotency" in name]
    assert name.startswith(f"{redis.keys.prefix}idempotency:Orders.create:")
    assert 86_000 < await redis.state.ttl(name) <= 86_400
    value = (await redis.state.get(name)).decode()
    assert not {"personal", "s3cret", "teapot"} & set(name.split(":"))
    assert "s3cret" not in value


@dataclass
class Members:
    names: set[str] = field(default_factory=lambda: {"ada"})


@dataclass
class Member:
    name: str


async def member(request: Request, members: Members) -> AsyncIterator[Member]:
    name = request.headers.get("authorization", "")
    if name not in members.names:
        raise Unauthorized("Log in.")
    yield Member(name)


@intercept(IdempotencyKey)
@controller("/club")
class Club:
    @post("/")
    async def enter(self, who: Inject[Member]) -> str:
        return who.name


club = Module(
    "club",
    imports=[lock_module()],
    providers=[Members, bind(Member).open(member).per_request()],
    controllers=[Club],
    exports=[Members],
)


async def test_a_first_answer_is_not_for_who_is_not_let_in_any_more() -> None:
    headers = {"idempotency-key": "k1", "authorization": "ada"}
    async with testing(club) as t:
        assert (await t.client.post("/club/", headers=headers)).status_code == 200
        again = await t.client.post("/club/", headers=headers)
        assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
        t.get(Members).names.clear()
        assert (await t.client.post("/club/", headers=headers)).status_code == 401


async def test_callers_are_told_apart_by_all_their_cookies(t: Testing) -> None:
    both = [("idempotency-key", "k1"), ("cookie", "theme=dark")]
    for session, order in (("a", 1), ("b", 2)):
        headers = [*both, ("cookie", f"session={session}")]
        answer = await t.client.post("/orders/", json=ORDER, headers=headers)
        assert answer.json()["id"] == order
