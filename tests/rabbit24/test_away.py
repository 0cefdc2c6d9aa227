"""While a server is away: what was committed stands, and it is said so."""

from collections.abc import Sequence

import pytest
from tests.rabbit24.conftest import Start
from tests.rabbit24.running import operators

from hutch import bind
from kit.ai import Embedder
from kit.platforms import RetryBackoff
from kit.vectors import Vector
from rabbit24.services.accounts import StoredAccounts


class Away(Embedder):
    """A model that does not answer."""

    @property
    def model(self) -> str:
        return "none"

    @property
    def dimensions(self) -> int:
        return 3

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        raise RetryBackoff("The model is away.")


async def test_what_is_changed_while_the_cache_is_away_is_changed(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HUTCH_CACHE__BACKEND", "redis")
    async with start() as rabbit:
        house = await operators(rabbit.operator, rabbit.state)
        x = await house.connect()
        told = await house.ask("PUT", f"/api/brands/{house.brand}", 503, json={"name": "New"})
        assert "send it again" in told["detail"]
        [shown] = await house.ask("GET", "/api/brands")
        assert shown["name"] == "New"
        accounts = rabbit.t.get(StoredAccounts)
        await accounts.save(x.id, await accounts.load(x.id))
        await house.ask("DELETE", f"/api/accounts/{x.id}", 204)
        async with rabbit.user() as ada:
            assert (await ada.ask("GET", "/api/me"))["credits"] == 100


async def test_without_the_model_likeness_is_refused_for_now(
    start: Start, environment: pytest.MonkeyPatch
) -> None:
    async with start(bind(Embedder).value(Away())) as rabbit:
        house = await operators(rabbit.operator, rabbit.state)
        post = await house.write("Hello")
        told = await house.ask("GET", f"/api/posts/{post}/similar", 503)
        assert told["detail"] == "Nothing can be compared now: The model is away."
