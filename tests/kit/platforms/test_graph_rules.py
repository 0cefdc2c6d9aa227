"""Every row of the Graph API's error tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from kit.platforms import (
    ContainerGone,
    FailPermanent,
    NeedsReauth,
    NotFound,
    PauseAccount,
    PlatformError,
    ProbablyDuplicate,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.platforms.api import Call
from kit.platforms.graph.rules import judge
from kit.platforms.graph.usage import usage
from kit.platforms.instagram.errors import JUDGE as INSTAGRAM
from kit.platforms.whatsapp.errors import JUDGE as WHATSAPP

READ = Call("GET", "/1")
PUBLISH = Call("POST", "/1/feed", writes=True)


def answer(code: int, status: int = 400, **more: Any) -> httpx2.Response:
    return httpx2.Response(status, json={"error": {"message": "words", "code": code} | more})


def rows(outcome: type[PlatformError], *codes: int) -> list[tuple[int, type[PlatformError]]]:
    return [(code, outcome) for code in codes]


SHARED = [
    *rows(Unknown, 1, 2),
    *rows(RetryAfter, 4, 17, 32, 341, 613, 80001, 80002, 80007),
    *rows(NeedsReauth, 190, 102, 10, 3, 200, 250, 299),
    *rows(PauseAccount, 368),
    *rows(ProbablyDuplicate, 506),
    *rows(FailPermanent, 100, 300, 199, 0, 12345),
]


@pytest.mark.parametrize(("code", "outcome"), SHARED)
def test_what_a_code_means(code: int, outcome: type[PlatformError]):
    for judged in (judge("Facebook"), INSTAGRAM, WHATSAPP):
        error = judged(answer(code), PUBLISH)

        assert type(error) is outcome
        assert error.detail == "words"
        assert f"400 code {code} to POST /1/feed" in str(error)
        assert "words" not in str(error)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        *rows(RetryBackoff, 130429),
        *rows(RetryAfter, 131056),
        *rows(FailPermanent, 131047, 131026, 131051, 130497),
        *rows(NeedsReauth, 131005),
        *rows(PauseAccount, 131048, 368, 131031),
        *rows(Unknown, 131000, 131016),
    ],
)
def test_what_whatsapps_codes_mean(code: int, outcome: type[PlatformError]):
    assert type(WHATSAPP(answer(code), PUBLISH)) is outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [*rows(NeedsReauth, 0, 10, 190, 200), *rows(FailPermanent, 130497, 139999)],
)
def test_whatsapp_forbids_one_message_by_a_code_that_is_new(
    code: int, outcome: type[PlatformError]
):
    assert type(WHATSAPP(answer(code, 403), PUBLISH)) is outcome


def test_one_person_is_written_to_again_after_six_seconds():
    error = WHATSAPP(answer(131056), PUBLISH)

    assert isinstance(error, RetryAfter)
    assert timedelta(seconds=5) < error.at - datetime.now(UTC) <= timedelta(seconds=6)


@pytest.mark.parametrize(
    ("subcode", "outcome"),
    [
        *rows(RetryBackoff, 2207027, 2207003),
        *rows(RetryAfter, 2207042),
        *rows(Unknown, 2207001),
        *rows(ContainerGone, 2207020, 2207032, 2207053, 2207008),
        *rows(FailPermanent, 2207004, 2207005, 2207009, 2207010, 2207026),
        *rows(PauseAccount, 2207050),
    ],
)
def test_what_instagrams_subcodes_mean(subcode: int, outcome: type[PlatformError]):
    error = INSTAGRAM(answer(1, error_subcode=subcode), PUBLISH)

    assert type(error) is outcome
    assert f"code 1/{subcode}" in str(error)


@pytest.mark.parametrize("code", [1, 2])
def test_what_breaks_while_nothing_is_published_may_be_repeated(code: int):
    assert type(judge("Facebook")(answer(code, 500), READ)) is RetryBackoff
    assert type(INSTAGRAM(answer(code, error_subcode=2207001), READ)) is RetryBackoff


def test_what_is_called_transient_is_unknown_for_a_post():
    error = answer(777, is_transient=True)

    assert type(judge("Facebook")(error, PUBLISH)) is Unknown
    assert type(judge("Facebook")(error, READ)) is RetryBackoff


def test_a_limit_that_calls_itself_transient_is_a_limit():
    assert type(judge("Facebook")(answer(4, is_transient=True), PUBLISH)) is RetryAfter


def test_what_is_not_there_is_told_apart_from_what_is_wrong():
    assert type(judge("Facebook")(answer(100, error_subcode=33), READ)) is NotFound


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, NeedsReauth),
        (403, NeedsReauth),
        (408, Unknown),
        (429, RetryAfter),
        (500, Unknown),
        (503, Unknown),
        (302, FailPermanent),
        (404, FailPermanent),
    ],
)
@pytest.mark.parametrize("content", [{"text": "<html>"}, {"json": {"error": "text"}}, {"json": []}])
def test_the_status_decides_where_no_code_does(status: int, outcome: Any, content: Any):
    assert type(judge("Facebook")(httpx2.Response(status, **content), PUBLISH)) is outcome


BUSINESS = {"7": [{"type": "pages", "call_count": 12, "estimated_time_to_regain_access": 19}]}


@pytest.mark.parametrize(
    ("headers", "percent", "minutes"),
    [
        ({}, 0, 0),
        ({"x-app-usage": json.dumps({"call_count": 28, "total_time": 81.5})}, 81.5, 0),
        ({"x-business-use-case-usage": json.dumps(BUSINESS)}, 12, 19),
        ({"x-app-usage": "nonsense", "x-business-use-case-usage": json.dumps(BUSINESS)}, 12, 19),
        ({"x-app-usage": "[]", "x-business-use-case-usage": "7"}, 0, 0),
    ],
)
def test_how_much_of_a_limit_is_used_up(headers: dict[str, str], percent: float, minutes: float):
    told = usage(httpx2.Headers(headers))

    assert (told.percent, told.regain) == (percent, timedelta(minutes=minutes))


def test_a_limit_without_a_time_is_over_after_an_hour():
    error = judge("Facebook")(answer(4), READ)

    assert isinstance(error, RetryAfter)
    assert timedelta(minutes=59) < error.at - datetime.now(UTC) <= timedelta(hours=1)
