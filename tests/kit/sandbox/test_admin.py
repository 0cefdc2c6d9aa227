"""The sandbox's own endpoints, its page and its command."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Any

import httpx2
import pytest


async def order(sandbox, body: dict[str, Any]) -> httpx2.Response:
    return await sandbox.http.post(f"{sandbox.url}/_sandbox/faults", json=body)


async def post(sandbox, text: str) -> httpx2.Response:
    return await sandbox.http.post(
        f"{sandbox.url}/2/tweets", json={"text": text}, headers=sandbox.headers
    )


async def test_an_account_comes_with_its_tokens(sandbox):
    assert set(sandbox.account) == {
        "user_id",
        "username",
        "access_token",
        "refresh_token",
        "expires_at",
    }
    assert re.fullmatch(r"[0-9]{19}", sandbox.account["user_id"])


async def test_an_account_needs_no_body(sandbox):
    answer = await sandbox.http.post(f"{sandbox.url}/_sandbox/accounts")

    assert (answer.status_code, answer.json()["username"]) == (201, "hutch")


async def test_a_username_is_one_of_x(sandbox):
    answer = await sandbox.http.post(
        f"{sandbox.url}/_sandbox/accounts", json={"username": "<b>no</b>"}
    )

    assert answer.status_code == 400


async def test_a_fault_strikes_as_often_as_ordered(sandbox):
    await sandbox.fault("5xx_after_commit", times=2)

    answers = [await post(sandbox, word) for word in "abc"]

    assert [answer.status_code for answer in answers] == [503, 503, 201]
    assert sandbox.posts == ["c", "b", "a"]


async def test_faults_strike_in_their_order(sandbox):
    await sandbox.fault("suspended")
    await sandbox.fault("usage_capped")

    assert [(await post(sandbox, word)).status_code for word in "ab"] == [403, 429]
    assert sandbox.posts == []


async def test_a_fault_leaves_lookups_alone(sandbox):
    await sandbox.fault("429")

    path = f"/2/users/{sandbox.account['user_id']}/tweets"
    answer = await sandbox.http.get(f"{sandbox.url}{path}", headers=sandbox.headers)

    assert answer.status_code == 200
    assert (await post(sandbox, "a")).status_code == 429


async def test_a_limit_by_fault_is_over_with_the_next_call(sandbox):
    await sandbox.fault("429", seconds=1)

    refused, accepted = await post(sandbox, "a"), await post(sandbox, "a")

    assert refused.headers["x-rate-limit-remaining"] == "0"
    assert accepted.status_code == 201


async def test_a_lost_answer_closes_the_connection_and_only_that(sandbox):
    await sandbox.fault("response_lost_after_commit")

    with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
        await post(sandbox, "lost")

    assert (await post(sandbox, "next")).status_code == 201
    assert sandbox.posts == ["next", "lost"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"platform": "x", "fault": "fire"}, "$.fault: Input should be '429'"),
        ({"platform": "myspace", "fault": "429"}, "$.platform: Input should be 'x'"),
        ({"platform": "x", "fault": "426"}, "$.fault: Value error, x does not play it; it plays"),
        ({"platform": "linkedin", "fault": "slow_container"}, "$.fault: Value error, linkedin"),
        ({"platform": "x", "fault": "429", "times": 0}, "$.times: "),
        ({"platform": "x", "fault": "429", "often": 1}, "$.often: "),
    ],
)
async def test_an_unknown_fault_is_refused_by_name(sandbox, body: dict[str, Any], message: str):
    answer = await order(sandbox, body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith(message)


async def test_the_state_shows_what_was_posted_and_no_token(sandbox):
    text = "R&D <b>https://example.com/a</b>"
    created = (await post(sandbox, text)).json()["data"]

    answer = await sandbox.http.get(f"{sandbox.url}/_sandbox/state")

    newest = answer.json()["x"]["posts"][0]
    assert newest == {
        "id": created["id"],
        "user_id": sandbox.account["user_id"],
        "username": "rabbit",
        "text": text,
        "media_ids": [],
        "created_at": newest["created_at"],
    }
    assert sandbox.account["access_token"] not in answer.text
    assert sandbox.account["refresh_token"] not in answer.text


async def test_the_page_allows_nothing_but_its_own_script(sandbox):
    first = await sandbox.http.get(sandbox.url)
    second = await sandbox.http.get(sandbox.url)

    policy = first.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    [nonce] = set(re.findall(r"'nonce-([\w-]+)'", policy))
    assert first.text.count(f'nonce="{nonce}"') == 2
    assert nonce not in second.text
    assert "{{" not in first.text
    assert "http" not in first.text.replace(sandbox.url, "")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/i/web/status/42", "/#post-42"),
        ("/linkedin/feed/update/urn:li:share:42", "/#post-urn%3Ali%3Ashare%3A42"),
        ("/facebook/1_42", "/#post-1_42"),
        ("/instagram/p/42", "/#post-42"),
    ],
)
async def test_the_address_of_a_post_leads_to_the_page(sandbox, path: str, place: str):
    answer = await sandbox.http.get(f"{sandbox.url}{path}")

    assert answer.headers["location"] == place


@pytest.mark.parametrize("platform", ["ebay", "openai", "myspace"])
async def test_only_social_platforms_have_accounts(sandbox, platform: str):
    answer = await sandbox.http.post(
        f"{sandbox.url}/_sandbox/accounts", json={"platform": platform}
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith("$.platform: ")


async def test_the_command_serves_until_it_is_ended(http):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kit.sandbox", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        url = line.removeprefix("sandbox: ").strip()
        state = (await http.get(f"{url}/_sandbox/state")).json()
        assert list(state) == [
            "x", "linkedin", "facebook", "instagram", "whatsapp", "ebay", "openai",
        ]  # fmt: skip
        assert all(shown["posts"] == shown["faults"] == [] for shown in state.values())
        assert (state["ebay"]["for_sale"], state["openai"]["texts"]) == (5_000, 0)
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode in (0, -15)
