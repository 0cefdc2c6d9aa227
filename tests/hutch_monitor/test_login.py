import hmac
import re
import secrets

import pytest
import time_machine
from tests.hutch_monitor.apps import (
    ELSEWHERE,
    HERE,
    OPERATOR,
    VIEWER,
    app,
    log_in,
    settings,
)

from hutch import bind
from hutch.testing import Testing, testing
from hutch_monitor import MonitorSettings
from hutch_monitor.cookie import COOKIE

ROUTE = "/monitor/login"


async def test_the_page_asks_for_the_token(t: Testing) -> None:
    page = await t.client.get(ROUTE)
    assert page.status_code == 200
    assert 'type="password"' in page.text
    assert OPERATOR not in page.text


async def test_without_a_token_the_page_says_which_setting_to_set() -> None:
    nobody = settings(operator_token=None, viewer_token=None)
    async with testing(app(), bind(MonitorSettings).value(nobody)) as t:
        page = await t.client.get(ROUTE)
        assert "HUTCH_MONITOR__OPERATOR_TOKEN" in page.text
        assert "<input" not in page.text
        for token in ("", "None"):
            answer = await t.client.post(ROUTE, data={"token": token}, headers=HERE)
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers


async def test_the_right_token_sets_a_cookie_that_scripts_cannot_read(t: Testing) -> None:
    answer = await t.client.post(ROUTE, data={"token": OPERATOR}, headers=HERE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/monitor/"
    name, _, rest = answer.headers["set-cookie"].partition("=")
    _, *attributes = rest.split("; ")
    assert name == COOKIE
    assert set(attributes) == {"HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax"}
    assert OPERATOR not in rest


async def test_the_cookie_is_secure_over_https(t: Testing) -> None:
    url, here = f"https://testserver{ROUTE}", {"origin": "https://testserver"}
    answer = await t.client.post(url, data={"token": OPERATOR}, headers=here)
    assert "; Secure" in answer.headers["set-cookie"]


async def test_a_wrong_token_is_told_and_nothing_is_set(t: Testing) -> None:
    answer = await t.client.post(ROUTE, data={"token": "<wrong>"}, headers=HERE)
    assert answer.status_code == 401
    assert "Nobody has this token." in answer.text
    assert "wrong&gt;" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.req("X-16")
@pytest.mark.parametrize("headers", [ELSEWHERE, {"sec-fetch-site": "cross-site"}, {}])
async def test_another_site_logs_nobody_in_or_out(t: Testing, headers: dict[str, str]) -> None:
    for path in (ROUTE, "/monitor/logout"):
        answer = await t.client.post(path, data={"token": OPERATOR}, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


async def test_the_sixth_wrong_try_in_a_minute_waits(
    t: Testing, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("hutch_monitor.throttle.monotonic", lambda: now)
    for _ in range(5):
        answer = await t.client.post(ROUTE, data={"token": "wrong"}, headers=HERE)
        assert answer.status_code == 401
    answer = await t.client.post(ROUTE, data={"token": OPERATOR}, headers=HERE)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert "Try again in 60 seconds." in answer.text
    now += 61
    await log_in(t)


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "\\\\evil.example",
        "evil.example",
        " //evil.example",
        "",
    ],
)
async def test_login_leads_to_no_other_site(t: Testing, target: str) -> None:
    data = {"token": OPERATOR, "next": target}
    answer = await t.client.post(ROUTE, data=data, headers=HERE)
    assert answer.headers["location"] == "/monitor/"
    again = await t.client.get(ROUTE, params={"next": target})
    assert again.headers["location"] == "/monitor/"


async def test_login_leads_back_to_where_one_was_going(t: Testing) -> None:
    asked = await t.client.get("/monitor/health?x=1", headers={"accept": "text/html"})
    assert asked.status_code == 303
    page = await t.client.get(asked.headers["location"])
    found = re.search(r'name="next" value="([^"]*)"', page.text)
    assert found
    data = {"token": OPERATOR, "next": found[1]}
    answer = await t.client.post(ROUTE, data=data, headers=HERE)
    assert answer.headers["location"] == "/monitor/health?x=1"


async def test_logging_out_forgets_the_cookie(t: Testing) -> None:
    await log_in(t)
    answer = await t.client.post("/monitor/logout", headers=HERE)
    assert answer.headers["location"] == ROUTE
    assert COOKIE not in t.client.cookies
    assert (await t.client.get("/things/")).status_code == 401
    assert (await t.client.get("/monitor/logout")).status_code != 303


async def test_a_login_ends(t: Testing) -> None:
    with time_machine.travel(1_000_000, tick=False) as clock:
        await log_in(t)
        cookie = t.client.cookies[COOKIE]
        clock.shift(12 * 3600 + 1)
        answer = await t.client.get("/things/", headers={"cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == 401


async def _cookie_under(cookie: str, **values: object) -> int:
    async with testing(app(), bind(MonitorSettings).value(settings(**values))) as t:
        answer = await t.client.get("/things/", headers={"cookie": f"{COOKIE}={cookie}"})
        return answer.status_code


async def test_processes_agree_and_another_token_logs_everybody_out(t: Testing) -> None:
    await log_in(t)
    cookie = t.client.cookies[COOKIE]
    assert await _cookie_under(cookie) == 200
    assert await _cookie_under(cookie, operator_token="another-token-for-operators") == 401
    assert await _cookie_under(cookie, operator_token=None) == 401
    assert await _cookie_under(cookie, secret_key="a-key-for-signing-cookies") == 401


async def test_a_changed_cookie_is_nobodys(t: Testing) -> None:
    await log_in(t, VIEWER)
    cookie = t.client.cookies[COOKIE]
    name, time, signature = cookie.split(".")
    for forged in (
        f"operator.{time}.{signature}",
        f"{name}.{time}.{signature[::-1]}",
        f"{name}.{time}.",
        "operator",
        "",
    ):
        assert await _cookie_under(forged) == 401


async def test_a_viewers_cookie_is_no_operators(t: Testing) -> None:
    await log_in(t, VIEWER)
    assert (await t.client.post("/things/", headers=HERE)).status_code == 403


async def test_tokens_are_compared_in_constant_time(
    t: Testing, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def watch(known: bytes, given: bytes) -> bool:
        lengths.append((len(known), len(given)))
        return compare(known, given)

    monkeypatch.setattr(hmac, "compare_digest", watch)
    await t.client.get("/things/", headers={"authorization": "Bearer x"})
    assert lengths == [(32, 32), (32, 32)]


async def test_a_large_form_is_refused(t: Testing) -> None:
    data = {"token": secrets.token_hex(5000)}
    answer = await t.client.post(ROUTE, data=data, headers=HERE)
    assert answer.status_code == 413
