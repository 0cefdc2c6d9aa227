"""The guard for whoever is logged in: before the body is looked at."""

from typing import Any

import pytest
from tests.hutch_auth.apps import (
    ELSEWHERE,
    VIEWER,
    bearer,
    log_in,
)

from hutch.testing import Testing


@pytest.mark.parametrize("sent", [{}, {"json": {"text": 7}}, {"content": b"x" * 99}])
async def test_a_stranger_is_refused_before_the_body_is_looked_at(
    t: Testing, sent: dict[str, Any]
) -> None:
    answer = await t.client.post("/notes/", **sent)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    known = await t.client.post("/notes/", headers=bearer(VIEWER), **sent)
    assert known.status_code in (415, 422)


async def test_who_is_logged_in_passes_without_a_role_and_not_from_elsewhere(t: Testing) -> None:
    note = {"text": "hello"}
    answer = await t.client.post("/notes/", json=note, headers=bearer(VIEWER))
    assert answer.json() == "viewer: hello"
    await log_in(t)
    assert (await t.client.post("/notes/", json=note, headers=ELSEWHERE)).status_code == 403
