import pytest
from pydantic import SecretStr

from kit.platforms import NeedsReauth, RefreshThenRetryOnce, refresh_once


async def fresh() -> SecretStr:
    return SecretStr("fresh")


async def unexpected() -> SecretStr:
    raise AssertionError("a token that is accepted must not be refreshed")


async def test_a_token_that_is_accepted_is_not_refreshed():
    async def call(token: SecretStr) -> str:
        return token.get_secret_value()

    assert await refresh_once(call, SecretStr("old"), unexpected) == "old"


async def test_a_refused_token_is_refreshed_once():
    async def call(token: SecretStr) -> str:
        if token.get_secret_value() == "old":
            raise RefreshThenRetryOnce("401")
        return token.get_secret_value()

    assert await refresh_once(call, SecretStr("old"), fresh) == "fresh"


async def test_a_fresh_token_that_is_refused_needs_its_owner():
    tried: list[str] = []

    async def call(token: SecretStr) -> None:
        tried.append(token.get_secret_value())
        raise RefreshThenRetryOnce("401", detail="Unauthorized")

    with pytest.raises(NeedsReauth, match="connect the account again") as refused:
        await refresh_once(call, SecretStr("old"), fresh)

    assert tried == ["old", "fresh"]
    assert refused.value.detail == "Unauthorized"
