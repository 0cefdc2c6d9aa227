import re
from collections.abc import Iterable

import pytest
from starlette.types import Message, Scope
from tests.hutch_monitor.apps import HERE, OPERATOR, PAGE, VIEWER, bearer, log_in, settings

from hutch import Module, bind
from hutch.contributions import Health, Metrics, Reading
from hutch.errors import InvalidDeclaration
from hutch.testing import Testing, testing
from hutch_auth import AuthSettings
from hutch_monitor import monitor_module


async def disk() -> str:
    return "12 <GB> free"


async def mail() -> str:
    raise ConnectionError("smtp://user:hunter2@mail:25 refused")


async def figures() -> Iterable[Reading]:
    return [Reading("lag_seconds", 1234.5, (("shard", "<a>"),))]


async def broken() -> Iterable[Reading]:
    raise ConnectionError("no figures")


def watched(read: object = figures) -> Module:
    checks = [Health("disk", disk), Health("mail", mail, required=False)]
    gauges = Metrics(read, {"lag_seconds": "How late it is."})  # type: ignore[arg-type]
    return Module("watched", imports=[monitor_module()], contributions=[*checks, gauges])


async def open_page(module: Module, accept: dict[str, str], token: str = VIEWER) -> tuple[int, str]:
    async with testing(module, bind(AuthSettings).value(settings())) as t:
        answer = await t.client.get("/monitor/health", headers={**bearer(token), **accept})
        return answer.status_code, answer.text


@pytest.mark.req("X-15", "X-16")
@pytest.mark.parametrize("path", ["/", "/health"])
async def test_pages_are_behind_the_login(t: Testing, path: str) -> None:
    answer = await t.client.get(f"/monitor{path}")
    assert answer.status_code == 401
    page = await t.client.get(f"/monitor{path}", headers=PAGE)
    assert page.headers["location"] == f"/monitor/login?next=/monitor{path}"


@pytest.mark.req("X-15")
async def test_the_open_probes_tell_nothing_of_the_checks() -> None:
    async with testing(watched(), bind(AuthSettings).value(settings())) as t:
        assert (await t.client.get("/health/ready")).json() == {"status": "ready"}


async def test_health_shows_every_check_and_figure() -> None:
    status, page = await open_page(watched(), PAGE)
    assert status == 200
    assert "12 &lt;GB&gt; free" in page
    assert "failing" in page
    assert "hunter2" not in page
    assert "lag_seconds" in page
    assert "&lt;a&gt;" in page
    assert "1,234.5" in page


async def test_health_is_json_for_programs(t: Testing) -> None:
    async with testing(watched(), bind(AuthSettings).value(settings())) as app:
        health = (await app.client.get("/monitor/health", headers=bearer(VIEWER))).json()
    checks = {check["name"]: check for check in health["checks"]}
    assert health["ready"] is True
    assert checks["disk"]["ok"] is True
    assert checks["disk"]["detail"] == "12 <GB> free"
    assert checks["mail"]["ok"] is False
    assert 0 <= checks["mail"]["duration"] < 0.5
    gauge = {"name": "lag_seconds", "labels": {"shard": "<a>"}, "value": 1234.5}
    assert {**gauge, "help": "How late it is."} in health["gauges"]


async def test_a_figure_that_is_no_number_does_not_hide_the_others() -> None:
    async def odd() -> Iterable[Reading]:
        return [Reading("lag_seconds", float("nan")), Reading("lag_seconds", 7)]

    assert "–</td>" in (await open_page(watched(odd), PAGE))[1]
    status, health = await open_page(watched(odd), {})
    assert (status, '"value":null' in health, '"value":7' in health) == (200, True, True)


async def test_broken_figures_do_not_hide_the_checks() -> None:
    status, page = await open_page(watched(broken), PAGE)
    assert status == 200
    assert "12 &lt;GB&gt; free" in page
    assert "The figures could not be read" in page
    assert "no figures" not in page


async def test_the_start_page_leads_to_the_others(t: Testing) -> None:
    await log_in(t)
    page = (await t.client.get("/monitor/", headers=PAGE)).text
    for path in ("/monitor/saq/", "/monitor/health", "/docs"):
        assert f'href="{path}"' in page
        assert (await t.client.get(path)).status_code == 200


async def test_pages_need_no_script_and_no_other_site(t: Testing) -> None:
    await log_in(t)
    for path in ("/", "/health", "/nowhere"):
        answer = await t.client.get(f"/monitor{path}", headers=PAGE)
        assert "<script" not in answer.text
        assert not re.search(r'(src|href)="(https?:)?//', answer.text)
        assert "script-src" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


async def test_an_unknown_page_is_told_as_a_page(t: Testing) -> None:
    await log_in(t)
    answer = await t.client.get("/monitor/nowhere", headers=PAGE)
    assert answer.status_code == 404
    assert "Back to the monitor" in answer.text
    assert (await t.client.get("/monitor/static/monitor.css")).status_code == 200
    for name in ("..%2fmodule.py", "nothing.css"):
        assert (await t.client.get(f"/monitor/static/{name}")).status_code == 404


@pytest.mark.parametrize("path", ["monitor", "/", "/monitor/", "/a b", '/";alert(1)//', "/<x>"])
def test_paths_are_plain(path: str) -> None:
    with pytest.raises(InvalidDeclaration, match=re.escape(f"monitor path {path!r}")):
        monitor_module(queues=path)


def test_two_parts_have_two_paths() -> None:
    with pytest.raises(InvalidDeclaration, match="choose two different ones"):
        monitor_module("/ops", "/ops")


async def test_below_another_app_the_links_lead_there(t: Testing) -> None:
    from httpx2 import ASGITransport, AsyncClient
    from starlette.applications import Starlette
    from starlette.routing import Mount

    outer = Starlette(routes=[Mount("/shop", t.app.http)])
    async with AsyncClient(transport=ASGITransport(outer), base_url="http://testserver") as client:
        asked = await client.get("/shop/monitor/saq/", headers=PAGE)
        assert asked.headers["location"] == "/shop/monitor/login?next=/shop/monitor/saq/"
        form = {"token": OPERATOR, "next": "/shop/monitor/saq/"}
        answer = await client.post("/shop/monitor/login", data=form, headers=HERE)
        page = await client.get(answer.headers["location"])
        assert 'const root_path = "/shop/monitor/saq";' in page.text
        assert 'src="/shop/monitor/static/saq.js"' in page.text


async def test_there_is_no_websocket(t: Testing) -> None:
    sent: list[str] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    for path in ("/monitor/", "/monitor/saq/"):
        scope: Scope = {"type": "websocket", "path": path, "headers": [], "root_path": ""}
        await t.app.http({**scope, "query_string": b"", "extensions": {}}, receive, send)
    assert sent == ["websocket.close", "websocket.close"]


@pytest.mark.req("X-16")
async def test_a_refused_form_is_told_as_a_page(t: Testing) -> None:
    await log_in(t, VIEWER)
    path = "/monitor/saq/api/queues/x/jobs/y/retry"
    answer = await t.client.post(path, headers={**HERE, **PAGE})
    assert answer.status_code == 403
    assert "This needs the role operator; you are a viewer." in answer.text
    assert "<html" in answer.text
