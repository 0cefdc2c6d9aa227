"""The sandbox keeps the Graph API's contract; asked in plain HTTP, without the adapters."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

PICTURE = "https://cdn.example.com/a.jpg"


async def call(sandbox, method: str, path: str, **content: Any) -> httpx2.Response:
    content.setdefault("headers", sandbox.headers)
    url = f"{sandbox.url}/{sandbox.platform}/v25.0/{path}"
    return await sandbox.http.request(method, url, **content)


async def feed(sandbox, **form: Any) -> httpx2.Response:
    return await call(sandbox, "POST", f"{sandbox.user_id}/feed", data=form)


def code(answer: httpx2.Response) -> tuple[int, int, int]:
    error = answer.json()["error"]
    assert set(error) >= {"message", "type", "code", "fbtrace_id"}
    return answer.status_code, error["code"], error.get("error_subcode", 0)


async def test_a_page_posts_and_each_answer_tells_the_usage(on_facebook):
    answer = await feed(on_facebook, message="Hello")

    assert answer.json() == {"id": answer.json()["id"]}
    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 0
    assert on_facebook.posts == ["Hello"]


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({"text": "Hello"}, "(#100) $.text: Extra inputs"),
        ({"message": ""}, "(#100) message: a post needs words, a link or photos"),
        ({"message": "a" * 63_207}, "(#100) $.message: "),
        ({"attached_media": "no JSON"}, "(#100) $.attached_media: Value error, it is no JSON"),
        ({"attached_media": '[{"media_fbid": "x"}]'}, "(#100) $.attached_media.0.media_fbid: "),
        ({"link": "example"}, "(#100) $.link: "),
    ],
)
async def test_what_breaks_facebooks_contract_is_refused(on_facebook, form, place: str):
    answer = await feed(on_facebook, **form)

    assert code(answer) == (400, 100, 0)
    assert answer.json()["error"]["message"].startswith(place)
    assert on_facebook.posts == []


async def test_a_photo_of_nobody_is_not_there(on_facebook):
    answer = await feed(on_facebook, attached_media='[{"media_fbid": "1"}]')

    assert code(answer) == (400, 100, 33)


async def test_the_token_may_be_a_parameter(on_facebook):
    token = on_facebook.account["access_token"]
    path, form = f"{on_facebook.user_id}/feed", {"message": "Hello", "access_token": token}

    answer = await call(on_facebook, "POST", path, data=form, headers={})

    assert answer.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
@pytest.mark.parametrize("platform", ["facebook", "instagram", "whatsapp"])
async def test_a_bad_token_is_refused(on_facebook, headers: dict[str, str], platform: str):
    url = f"{on_facebook.url}/{platform}/v25.0/1"
    paths = {"whatsapp": "/messages", "instagram": "/media", "facebook": "/feed"}

    answer = await on_facebook.http.post(url + paths[platform], headers=headers)

    assert code(answer) == (401, 190, 0)


async def test_a_path_begins_with_a_version(on_facebook):
    url = f"{on_facebook.url}/facebook/25/{on_facebook.user_id}/feed"

    answer = await on_facebook.http.post(url, headers=on_facebook.headers)

    assert code(answer) == (400, 100, 0)


async def test_nobody_acts_for_another_account(on_facebook, on_instagram, on_whatsapp):
    for sandbox, path in (
        (on_facebook, "7/feed"),
        (on_instagram, "7/media"),
        (on_instagram, "7/media_publish"),
        (on_whatsapp, "7/messages"),
    ):
        answer = await call(sandbox, "POST", path, data={})
        assert code(answer) == (403, 200, 0)


async def test_only_the_fields_asked_for_are_told(on_facebook):
    post_id = (await feed(on_facebook, message="Hello")).json()["id"]

    plain = await call(on_facebook, "GET", post_id)
    some = await call(on_facebook, "GET", post_id, params={"fields": "message,reactions.limit(0)"})
    wrong = await call(on_facebook, "GET", post_id, params={"fields": "likes"})

    assert plain.json() == {"id": post_id}
    assert set(some.json()) == {"id", "message", "reactions"}
    assert code(wrong) == (400, 100, 0)


async def test_a_token_is_exchanged_as_the_contract_has_it(on_facebook):
    query = {
        "grant_type": "fb_exchange_token",
        "client_id": "1",
        "client_secret": "s",
        "fb_exchange_token": on_facebook.account["access_token"],
    }

    answer = await call(on_facebook, "GET", "oauth/access_token", params=query, headers={})
    wrong = await call(on_facebook, "GET", "oauth/access_token", params={}, headers={})

    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}
    assert code(wrong) == (400, 100, 0)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "give one of image_url, video_url"),
        ({"image_url": PICTURE, "video_url": PICTURE}, "give one of image_url, video_url"),
        ({"video_url": PICTURE}, "video_url belongs to media_type REELS"),
        ({"children": "1,2"}, "children belong to media_type CAROUSEL"),
        ({"children": "1", "media_type": "CAROUSEL"}, "give one of"),
        ({"image_url": "a.jpg"}, "$.image_url: "),
        ({"image_url": PICTURE, "caption": "a" * 2201}, "$.caption: "),
        ({"image_url": PICTURE, "text": "a"}, "$.text: Extra inputs"),
    ],
)
async def test_what_breaks_instagrams_contract_is_refused(on_instagram, form, message: str):
    answer = await call(on_instagram, "POST", f"{on_instagram.user_id}/media", data=form)

    assert code(answer) == (400, 100, 0)
    assert message in answer.json()["error"]["message"]


async def test_a_part_of_a_carousel_is_not_published_alone(on_instagram):
    user = on_instagram.user_id
    form = {"image_url": PICTURE, "is_carousel_item": "true"}
    part = (await call(on_instagram, "POST", f"{user}/media", data=form)).json()["id"]

    answer = await call(on_instagram, "POST", f"{user}/media_publish", data={"creation_id": part})

    assert code(answer) == (400, 24, 2207008)


async def test_a_carousel_is_made_of_parts(on_instagram):
    user = on_instagram.user_id
    form = {"image_url": PICTURE}
    whole = (await call(on_instagram, "POST", f"{user}/media", data=form)).json()["id"]

    form = {"media_type": "CAROUSEL", "children": f"{whole},{whole}"}
    answer = await call(on_instagram, "POST", f"{user}/media", data=form)

    assert code(answer) == (400, 100, 33)


async def test_a_container_tells_where_it_is(on_instagram):
    user = on_instagram.user_id
    made = await call(on_instagram, "POST", f"{user}/media", data={"image_url": PICTURE})
    container = made.json()["id"]
    query = {"fields": "status_code,status"}

    ready = (await call(on_instagram, "GET", container, params=query)).json()
    await call(on_instagram, "POST", f"{user}/media_publish", data={"creation_id": container})
    after = (await call(on_instagram, "GET", container, params=query)).json()

    assert ready == {"id": container, "status_code": "FINISHED", "status": "Finished"}
    assert after["status_code"] == "PUBLISHED"
