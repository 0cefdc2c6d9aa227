import asyncio
import hmac
import re
import secrets
from collections.abc import Sequence

import pytest
import time_machine
from starlette.requests import HTTPConnection
from tests.hutch_auth.apps import ELSEWHERE, HERE, LOGIN, OPERATOR, VIEWER, app, log_in, settings
from tests.hutch_auth.conftest import Clock

from hutch import bind
from hutch.discovery import Discovery
from hutch.testing import Testing, testing
from hutch_auth import AuthSettings, CurrentUser
from hutch_auth.cookie import COOKIE
from hutch_auth.token_auth import TokenAuth
from hutch_auth.tries import Tries, address_of
from hutch_ratelimit import Counter, Decision, MemoryLimiter


async def test_the_page_asks_for_the_token(t: Testing) -> None:
    page = await t.client.get(LOGIN)
    assert page.status_code == 200
    assert 'type="password"' in page.text
    assert OPERATOR not in page.text


async def test_the_page_leads_to_no_registration_where_there_is_none(t: Testing) -> None:
    assert "Register" not in (await t.client.get(LOGIN)).text


async def test_without_a_token_the_page_says_which_setting_to_set() -> None:
    nobody = settings(operator_token=None, viewer_token=None)
    async with testing(app, bind(AuthSettings).value(nobody)) as t:
        page = await t.client.get(LOGIN)
        assert "HUTCH_AUTH__OPERATOR_TOKEN" in page.text
        assert "<input" not in page.text
        for token in ("", "None"):
            answer = await t.client.post(LOGIN, data={"token": token}, headers=HERE)
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers


async def test_the_right_token_sets_a_cookie_that_scripts_cannot_read(t: Testing) -> None:
    answer = await t.client.post(LOGIN, data={"token": OPERATOR}, headers=HERE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/account/"
    name, _, rest = answer.headers["set-cookie"].partition("=")
    _, *attributes = rest.split("; ")
    assert name == COOKIE
    assert set(attributes) == {"HttpOnly", "Max-Age=43200", "Path=/", "SameSite=lax"}
    assert OPERATOR not in rest


async def test_the_cookie_is_secure_over_https(t: Testing) -> None:
    url, here = f"https://testserver{LOGIN}", {"origin": "https://testserver"}
    answer = await t.client.post(url, data={"token": OPERATOR}, headers=here)
    assert "; Secure" in answer.headers["set-cookie"]


async def test_a_wrong_token_is_told_and_nothing_is_set(t: Testing) -> None:
    answer = await t.client.post(LOGIN, data={"token": "<wrong>"}, headers=HERE)
    assert answer.status_code == 401
    assert "Nobody has this token." in answer.text
    assert "wrong&gt;" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.req("X-16")
@pytest.mark.parametrize("headers", [ELSEWHERE, {"sec-fetch-site": "cross-site"}, {}])
async def test_another_site_logs_nobody_in_or_out(t: Testing, headers: dict[str, str]) -> None:
    for path in (LOGIN, "/account/logout"):
        answer = await t.client.post(path, data={"token": OPERATOR}, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


async def test_the_sixth_wrong_try_in_a_minute_waits(t: Testing, clock: Clock) -> None:
    for _ in range(5):
        answer = await t.client.post(LOGIN, data={"token": "wrong"}, headers=HERE)
        assert answer.status_code == 401
    answer = await t.client.post(LOGIN, data={"token": OPERATOR}, headers=HERE)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert "Try again in 60 seconds." in answer.text
    clock.advance(61)
    await log_in(t)


async def test_many_tries_at_once_are_not_judged_for_free(
    t: Testing, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    of_token = TokenAuth.of_token

    def watch(self: TokenAuth, token: str) -> CurrentUser | None:
        judged.append(token)
        return of_token(self, token)

    monkeypatch.setattr(TokenAuth, "of_token", watch)
    tries = [
        t.client.post(LOGIN, data={"token": f"wrong {number}"}, headers=HERE)
        for number in range(100)
    ]
    answers = await asyncio.gather(*tries)
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 95
    assert len(judged) == 5


async def test_right_tries_do_not_count(t: Testing) -> None:
    for _ in range(12):
        await log_in(t)


@pytest.mark.req("X-13")
async def test_tries_are_counted_for_the_figures(t: Testing) -> None:
    await log_in(t)
    for _ in range(7):
        await t.client.post(LOGIN, data={"token": "wrong"}, headers=HERE)
    found = {
        dict(reading.labels)["outcome"]: reading.value
        for reading, _ in await t.app.get(Discovery).metrics()
        if reading.name == "hutch_auth_logins_total"
    }
    assert found == {"right": 1, "wrong": 5, "refused": 2}


async def test_keys_hold_no_address_and_no_name() -> None:
    scope = {"type": "http", "headers": [], "client": ("203.0.113.7", 1)}
    limiter = Watched()
    async with Tries(limiter).one(HTTPConnection(scope), "ada@example.org"):
        pass
    names = " ".join(counter.name for counter in limiter.counters)
    assert len(limiter.counters) == 2
    assert "203" not in names
    assert "ada" not in names


class Watched(MemoryLimiter):
    """Remembers what was taken."""

    counters: Sequence[Counter] = ()

    async def take(self, *counters: Counter, cost: int = 1, token: str | None = None) -> Decision:
        self.counters = [*self.counters, *counters]
        return await super().take(*counters, cost=cost, token=token)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
        ("testclient", "testclient", True),
    ],
)
def test_an_ipv6_client_is_its_network(one: str, other: str, same: bool) -> None:
    def address(host: str) -> str:
        return address_of(HTTPConnection({"type": "http", "headers": [], "client": (host, 1)}))

    assert (address(one) == address(other)) is same
    assert address_of(HTTPConnection({"type": "http", "headers": []})) == ""


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
    answer = await t.client.post(LOGIN, data=data, headers=HERE)
    assert answer.headers["location"] == "/account/"
    again = await t.client.get(LOGIN, params={"next": target})
    assert again.headers["location"] == "/account/"


async def test_login_leads_back_to_where_one_was_going(t: Testing) -> None:
    page = await t.client.get(LOGIN, params={"next": "/things/?x=1"})
    found = re.search(r'name="next" value="([^"]*)"', page.text)
    assert found
    data = {"token": OPERATOR, "next": found[1]}
    answer = await t.client.post(LOGIN, data=data, headers=HERE)
    assert answer.headers["location"] == "/things/?x=1"


async def test_logging_out_forgets_the_cookie(t: Testing) -> None:
    await log_in(t)
    answer = await t.client.post("/account/logout", headers=HERE)
    assert answer.headers["location"] == LOGIN
    assert COOKIE not in t.client.cookies
    assert (await t.client.get("/things/")).status_code == 401
    assert (await t.client.get("/account/logout")).status_code != 303


@pytest.mark.req("R24-58")
async def test_a_login_ends(t: Testing) -> None:
    with time_machine.travel(1_000_000, tick=False) as clock:
        await log_in(t)
        cookie = t.client.cookies[COOKIE]
        clock.shift(12 * 3600 + 1)
        answer = await t.client.get("/things/", headers={"cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == 401


async def _cookie_under(cookie: str, **values: object) -> int:
    async with testing(app, bind(AuthSettings).value(settings(**values))) as t:
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
    answer = await t.client.post(LOGIN, data=data, headers=HERE)
    assert answer.status_code == 413


async def test_names_and_passwords_are_not_taken_without_accounts(t: Testing) -> None:
    page = await t.client.get(LOGIN)
    assert 'name="password"' not in page.text
    form = {"name": "operator", "password": OPERATOR}
    answer = await t.client.post(LOGIN, data=form, headers=HERE)
    assert answer.status_code == 401
    assert "People log in with a token here." in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_page_runs_no_script_and_loads_nothing_from_elsewhere(t: Testing) -> None:
    page = await t.client.get(LOGIN)
    assert "<script" not in page.text
    assert not re.search(r'(src|href)="(https?:)?//', page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    found = re.search(r'rel="stylesheet" href="([^"]*)"', page.text)
    assert found
    style = await t.client.get(found[1])
    assert style.headers["content-type"].startswith("text/css")
    assert "@media" in style.text
