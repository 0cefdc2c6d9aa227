"""The sandbox keeps LinkedIn's contract; asked in plain HTTP, without the adapter."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from kit.sandbox import SandboxState, serving
from kit.sandbox.linkedin import LinkedInState

HEADERS = {"LinkedIn-Version": "202610", "X-Restli-Protocol-Version": "2.0.0"}


def new_post(author: str) -> dict[str, Any]:
    return {
        "author": author,
        "commentary": "Hello",
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }


async def call(
    sandbox, method: str, path: str, headers: dict[str, str] | None = None, **content: Any
) -> httpx2.Response:
    wanted = HEADERS | sandbox.headers if headers is None else headers
    url = f"{sandbox.url}/linkedin{path}"
    return await sandbox.http.request(method, url, headers=wanted, **content)


async def create(sandbox, **more: Any) -> httpx2.Response:
    return await call(sandbox, "POST", "/rest/posts", json=new_post(sandbox.user_id) | more)


async def test_the_name_of_a_new_post_is_in_a_header(on_linkedin):
    answer = await create(on_linkedin)

    assert (answer.status_code, answer.content) == (201, b"")
    assert re.fullmatch(r"urn:li:share:\d{19}", answer.headers["x-restli-id"])
    assert on_linkedin.posts == ["Hello"]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"comentary": "Hello"}, "$.comentary: Extra inputs"),
        ({"visibility": "EVERYBODY"}, "$.visibility: "),
        ({"lifecycleState": "DRAFT"}, "$.lifecycleState: "),
        ({"author": "me"}, "$.author: "),
        ({"distribution": {}}, "$.distribution.feedDistribution: Field required"),
        ({"content": {"media": {"id": "1"}}}, "$.content.media.id: "),
        ({"content": {"multiImage": {"images": []}}}, "$.content.multiImage.images: "),
        ({"commentary": ""}, "$.commentary: a post needs words or images"),
        ({"commentary": "a" * 3001}, "$.commentary: more than 3000 characters"),
    ],
)
async def test_what_breaks_the_contract_is_refused(on_linkedin, more: dict[str, Any], place: str):
    answer = await create(on_linkedin, **more)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith(place)
    assert on_linkedin.posts == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"Authorization": "Bearer wrong"}, 401, "EXPIRED_ACCESS_TOKEN"),
        ({"LinkedIn-Version": None}, 400, "VERSION_MISSING"),
        ({"LinkedIn-Version": "2026"}, 426, "NONEXISTENT_VERSION"),
        ({"X-Restli-Protocol-Version": "1.0.0"}, 400, "ILLEGAL_ARGUMENT"),
    ],
)
async def test_a_call_without_its_headers_is_refused(on_linkedin, change, status: int, code: str):
    changed = HEADERS | on_linkedin.headers | change
    headers = {name: value for name, value in changed.items() if value is not None}

    answer = await call(
        on_linkedin, "POST", "/rest/posts", headers, json=new_post(on_linkedin.user_id)
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_nobody_posts_for_somebody_else(on_linkedin):
    answer = await create(on_linkedin, author="urn:li:organization:7")

    assert (answer.status_code, answer.json()["code"]) == (403, "ACCESS_DENIED")


async def test_a_duplicate_names_the_first_post(on_linkedin):
    first = (await create(on_linkedin)).headers["x-restli-id"]

    answer = await create(on_linkedin, commentary="Hello ")

    assert answer.status_code == 422
    assert answer.json()["message"].endswith(first)
    assert answer.json()["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"


async def test_a_day_admits_so_many_posts_and_the_next_as_many(connect, travel):
    state = SandboxState(linkedin=LinkedInState(posts_per_day=1))
    async with serving(state) as url:
        one = await connect(url, state, "linkedin")
        answers = [await create(one, commentary=word) for word in "ab"]
        assert [answer.status_code for answer in answers] == [201, 429]
        assert not any(name.startswith("x-ratelimit") for name in answers[1].headers)

        travel(24 * 60 * 60)
        assert (await create(one, commentary="b")).status_code == 201


async def test_posts_of_an_author_are_paged(on_linkedin):
    for number in range(5):
        await create(on_linkedin, commentary=str(number))
    query = {"q": "author", "author": on_linkedin.user_id, "count": "2", "start": "2"}
    finder = HEADERS | on_linkedin.headers | {"X-RestLi-Method": "FINDER"}

    page = await call(on_linkedin, "GET", "/rest/posts", finder, params=query)
    without = await call(on_linkedin, "GET", "/rest/posts", params=query)

    assert [entry["commentary"] for entry in page.json()["elements"]] == ["2", "1"]
    assert page.json()["paging"]["start"] == 2
    assert without.status_code == 400


async def test_one_post_is_told_with_its_words_escaped(on_linkedin, another):
    urn = (await create(on_linkedin, commentary=r"a \(b\)")).headers["x-restli-id"]

    found = await call(on_linkedin, "GET", f"/rest/posts/{urn}")
    missing = await call(on_linkedin, "GET", "/rest/posts/urn:li:share:1")

    assert found.json()["commentary"] == r"a \(b\)"
    assert missing.status_code == 404


async def test_an_image_goes_only_where_it_was_told_to(on_linkedin):
    body = {"initializeUploadRequest": {"owner": on_linkedin.user_id}}
    query = {"action": "initializeUpload"}
    answer = await call(on_linkedin, "POST", "/rest/images", params=query, json=body)
    place = answer.json()["value"]

    wrong = await on_linkedin.http.put(place["uploadUrl"] + "x", content=b"picture")
    before = await call(on_linkedin, "GET", f"/rest/images/{place['image']}")
    right = await on_linkedin.http.put(place["uploadUrl"], content=b"picture")
    after = await call(on_linkedin, "GET", f"/rest/images/{place['image']}")

    assert (wrong.status_code, right.status_code) == (403, 201)
    assert before.json()["status"] == "WAITING_UPLOAD"
    assert after.json()["status"] == "AVAILABLE"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"refresh_token": "made up"}, 400, "invalid_request"),
    ],
)
async def test_a_refresh_that_is_refused(on_linkedin, form, status: int, error: str):
    good = {
        "grant_type": "refresh_token",
        "refresh_token": on_linkedin.account["refresh_token"],
        "client_id": "client",
        "client_secret": "secret",
    }

    answers = [
        await call(on_linkedin, "POST", "/oauth/v2/accessToken", {}, data=data)
        for data in (good | form, good, good)
    ]

    assert (answers[0].status_code, answers[0].json()["error"]) == (status, error)
    assert [answer.status_code for answer in answers[1:]] == [200, 200]
    assert answers[2].json()["refresh_token"] == good["refresh_token"]
