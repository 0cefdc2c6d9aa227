"""X's token endpoint in the sandbox; asked in plain HTTP, without the adapter."""

from __future__ import annotations

import httpx2
import pytest


async def post(sandbox, text: str) -> httpx2.Response:
    url = f"{sandbox.url}/2/tweets"
    return await sandbox.http.post(url, json={"text": text}, headers=sandbox.headers)


async def refresh(sandbox, token: str, **more: str) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "client"}
    return await sandbox.http.post(f"{sandbox.url}/2/oauth2/token", data=form | more)


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_family(sandbox):
    first = sandbox.account["refresh_token"]
    pair = (await refresh(sandbox, first)).json()
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 7200)
    assert (await post(sandbox, "old token")).status_code == 401
    sandbox.account["access_token"] = pair["access_token"]
    assert (await post(sandbox, "new token")).status_code == 201

    reused = await refresh(sandbox, first)

    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_request")
    assert (await refresh(sandbox, pair["refresh_token"])).status_code == 400
    assert (await post(sandbox, "revoked")).status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_id": ""}, 401, "unauthorized_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"refresh_token": "made up"}, 400, "invalid_request"),
    ],
)
async def test_a_refresh_that_is_refused_spends_nothing(
    sandbox, form: dict[str, str], status: int, error: str
):
    token = sandbox.account["refresh_token"]

    answer = await refresh(sandbox, token, **form)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert (await refresh(sandbox, token)).status_code == 200
