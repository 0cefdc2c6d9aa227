"""Instagram's containers: what one that failed says, and how long one is waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from kit.platforms import ContainerGone, FailPermanent, InstagramClient, PlatformError

Script = Callable[..., tuple[Any, list[httpx2.Request]]]
TOKEN = SecretStr("secret-token")


@pytest.mark.parametrize(
    ("status", "outcome", "message"),
    [
        ("failed with error code 2207001", ContainerGone, r"\(2207001\): make a new one"),
        ("failed with error code 2207003", ContainerGone, r"\(2207003\): make a new one"),
        ("failed with error code 2207052", ContainerGone, r"\(2207052\): make a new one"),
        ("failed with error code 2207053.", ContainerGone, r"\(2207053\): make a new one"),
        ("failed with error code 2207026", FailPermanent, r"cannot use the media .*\(2207026\)"),
        ("failed with error code 2207099", FailPermanent, r"cannot use the media .*\(2207099\)"),
        ("", FailPermanent, r"cannot use the media .*\(no code\)"),
    ],
)
async def test_a_failed_container_is_judged_by_its_subcode(
    scripted: Script, status: str, outcome: type[PlatformError], message: str
) -> None:
    told = {"status_code": "ERROR", "status": status and f"Error: Media upload has {status}"}
    instagram, _ = scripted(InstagramClient, httpx2.Response(200, json=told))

    with pytest.raises(outcome, match=message) as failed:
        await instagram.wait(TOKEN, "1")

    assert failed.value.detail == told["status"]
