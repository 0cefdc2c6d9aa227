"""The sandbox keeps X's contract; asked in plain HTTP, without the adapter."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from kit.sandbox import SandboxState, XState, serving


async def post(sandbox, body: dict[str, Any]) -> httpx2.Response:
    return await sandbox.http.post(f"{sandbox.url}/2/tweets", json=body, headers=sandbox.headers)


async def get(sandbox, path: str, **query: Any) -> httpx2.Response:
    return await sandbox.http.get(f"{sandbox.url}{path}", params=query, headers=sandbox.headers)


async def test_a_post_is_created(sandbox):
    answer = await post(sandbox, {"text": "Hello"})

    assert answer.status_code == 201
    assert answer.json() == {"data": {"id": answer.json()["data"]["id"], "text": "Hello"}}
    assert re.fullmatch(r"[0-9]{19}", answer.json()["data"]["id"])


async def test_ids_rise(sandbox):
    first, second = [(await post(sandbox, {"text": word})).json()["data"]["id"] for word in "ab"]

    assert int(first) < int(second)


@pytest.mark.parametrize(
    "body",
    [
        {"text": "Hello", "media": {"media_ids": ["1", "2", "3", "4"]}},
        {"text": "Hello", "reply": {"in_reply_to_tweet_id": "1"}},
        {"text": "Hello", "quote_tweet_id": "1", "reply_settings": "following"},
        {"media": {"media_ids": ["1"]}, "made_with_ai": True},
    ],
)
async def test_what_the_contract_allows_is_accepted(sandbox, body: dict[str, Any]):
    assert (await post(sandbox, body)).status_code == 201


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"text": "Hello", "txet": "Hello"}, "$.txet: Extra inputs"),
        ({"media": {"media_ids": []}}, "$.media.media_ids: "),
        ({"media": {"media_ids": list("12345")}}, "$.media.media_ids: "),
        ({"media": {"media_ids": ["a"]}}, "$.media.media_ids.0: "),
        ({"text": "Hello", "media": {"media_ids": ["1"], "x": 1}}, "$.media.x: Extra"),
        ({"text": 5}, "$.text: "),
        ({}, "$.text: a post needs text or media"),
        ({"text": "a" * 281}, "$.text: Value error, it counts 281, the limit is 280"),
    ],
)
async def test_what_breaks_the_contract_is_refused(sandbox, body: dict[str, Any], place: str):
    answer = await post(sandbox, body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["title"], problem["status"]) == ("Invalid Request", 400)
    assert problem["type"].endswith("/problems/invalid-request")
    assert problem["errors"][0]["message"].startswith(place)
    assert sandbox.posts == []


async def test_a_body_that_is_no_json_is_refused(sandbox):
    answer = await sandbox.http.post(
        f"{sandbox.url}/2/tweets", content=b"{", headers=sandbox.headers
    )

    assert answer.status_code == 400


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic d3Jvbmc=", "Bearer"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/2/tweets"), ("GET", "/2/tweets"), ("GET", "/2/users/1/tweets")]
)
async def test_a_bad_token_is_refused(sandbox, method: str, path: str, header: str | None):
    headers = {"Authorization": header} if header else {}
    answer = await sandbox.http.request(method, f"{sandbox.url}{path}", headers=headers)

    assert answer.status_code == 401
    assert answer.json() == {
        "title": "Unauthorized",
        "detail": "Unauthorized",
        "type": "about:blank",
        "status": 401,
    }


async def test_the_same_words_are_refused_but_not_somebody_elses(sandbox, another):
    assert (await post(sandbox, {"text": "Same  words"})).status_code == 201
    assert (await post(another, {"text": "Same words"})).status_code == 201

    answer = await post(sandbox, {"text": "Same words "})

    assert answer.status_code == 403
    assert "duplicate content" in answer.json()["detail"]


async def test_each_answer_tells_the_limit(sandbox):
    answers = [
        await post(sandbox, {"text": "Hello"}),
        await post(sandbox, {"text": "Hello"}),
        await post(sandbox, {"wrong": 1}),
        await get(sandbox, "/2/tweets", ids="1"),
        await get(sandbox, f"/2/users/{sandbox.account['user_id']}/tweets"),
    ]

    assert [answer.status_code for answer in answers] == [201, 403, 400, 200, 200]
    limits = [answer.headers["x-rate-limit-limit"] for answer in answers]
    assert limits == ["100", "100", "100", "900", "900"]
    left = [answer.headers["x-rate-limit-remaining"] for answer in answers]
    assert left == ["99", "98", "97", "899", "899"]
    for answer in answers:
        assert 880 < int(answer.headers["x-rate-limit-reset"]) - time.time() <= 901


async def test_one_post_over_the_limit_is_refused_until_the_window_ends(http, connect, travel):
    state = SandboxState(XState(posts_per_window=2))
    async with serving(state) as url:
        sandbox, another = await connect(url, state), await connect(url, state)
        answers = [await post(sandbox, {"text": word}) for word in "abc"]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert answers[2].json()["title"] == "Too Many Requests"
        assert answers[2].headers["x-rate-limit-remaining"] == "0"
        assert (await post(another, {"text": "a"})).status_code == 201

        travel(int(answers[2].headers["x-rate-limit-reset"]) - time.time())
        assert (await post(sandbox, {"text": "c"})).status_code == 201


async def test_a_timeline_pages_from_the_newest(sandbox):
    for number in range(7):
        await post(sandbox, {"text": str(number)})
    path = f"/2/users/{sandbox.account['user_id']}/tweets"

    first = (await get(sandbox, path, max_results=5)).json()
    token = first["meta"]["next_token"]
    second = (await get(sandbox, path, max_results=5, pagination_token=token)).json()

    assert [entry["text"] for entry in first["data"] + second["data"]] == list("6543210")
    ids = [entry["id"] for entry in second["data"]]
    assert second["meta"] == {"result_count": 2, "newest_id": ids[0], "oldest_id": ids[1]}


async def test_a_timeline_begins_at_start_time(sandbox):
    await post(sandbox, {"text": "Hello"})
    path = f"/2/users/{sandbox.account['user_id']}/tweets"
    now = datetime.now(UTC)

    before = await get(sandbox, path, start_time=(now - timedelta(minutes=1)).isoformat())
    after = await get(sandbox, path, start_time=(now + timedelta(minutes=1)).isoformat())

    assert before.json()["meta"]["result_count"] == 1
    assert after.json() == {"meta": {"result_count": 0}}


@pytest.mark.parametrize(
    ("query", "name"),
    [({"max_results": 4}, "max_results"), ({"start_time": "now"}, "start_time"), ({"q": 1}, "q")],
)
async def test_a_timeline_refuses_what_it_does_not_know(sandbox, query: dict[str, Any], name: str):
    answer = await get(sandbox, f"/2/users/{sandbox.account['user_id']}/tweets", **query)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith(f"$.{name}: ")


async def test_an_unknown_user_is_named_in_errors(sandbox):
    answer = await get(sandbox, "/2/users/42/tweets")

    assert answer.status_code == 200
    [error] = answer.json()["errors"]
    assert (error["resource_type"], error["value"]) == ("user", "42")
    assert "data" not in answer.json()


async def test_posts_are_looked_up_with_their_metrics(sandbox):
    text = "R&D at https://example.com/a"
    created = (await post(sandbox, {"text": text})).json()["data"]
    fields = "public_metrics,author_id,created_at,entities"

    answer = await get(sandbox, "/2/tweets", ids=f"{created['id']},42", **{"tweet.fields": fields})

    [found], [missing] = answer.json()["data"], answer.json()["errors"]
    assert found["author_id"] == sandbox.account["user_id"]
    assert set(found["public_metrics"]) >= {"like_count", "retweet_count", "reply_count"}
    [link] = found["entities"]["urls"]
    assert link["expanded_url"] == "https://example.com/a"
    assert found["text"] == created["text"] == f"R&amp;D at {link['url']}"
    assert found["text"][link["start"] : link["end"]] == link["url"]
    assert missing["value"] == "42"


async def test_only_the_fields_asked_for_are_told(sandbox):
    created = (await post(sandbox, {"text": "Hello"})).json()["data"]

    [found] = (await get(sandbox, "/2/tweets", ids=created["id"])).json()["data"]

    assert set(found) == {"id", "text", "edit_history_tweet_ids"}


@pytest.mark.parametrize("ids", ["", "a", ",".join(["1"] * 101)])
async def test_a_lookup_takes_1_to_100_ids(sandbox, ids: str):
    assert (await get(sandbox, "/2/tweets", ids=ids)).status_code == 400


async def test_an_access_token_ends_after_two_hours(sandbox, travel):
    travel(2 * 60 * 60 + 1)

    assert (await post(sandbox, {"text": "late"})).status_code == 401


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"media": "bm8=", "media_category": "amplify_video"}, "$.media_category: "),
        ({"media": "no base64", "media_category": "tweet_image"}, "$.media: "),
        ({"media": "", "media_category": "tweet_image"}, "$.media: "),
        ({"media": "bm8="}, "$.media_category: "),
        ({"media": "bm8=", "media_category": "tweet_image", "name": "a"}, "$.name: Extra"),
    ],
)
async def test_an_upload_that_breaks_the_contract_is_refused(
    sandbox, body: dict[str, Any], place: str
):
    url = f"{sandbox.url}/2/media/upload"
    answer = await sandbox.http.post(url, json=body, headers=sandbox.headers)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith(place)
