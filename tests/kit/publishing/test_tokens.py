"""Renewing tokens before their end."""

from dataclasses import replace
from datetime import timedelta

from tests.kit.publishing.conftest import PlaceOn, Travel
from tests.kit.publishing.running import Press

from kit.publishing import AccessTokens, Network

HOUR = timedelta(hours=1)


async def test_a_token_that_instagram_would_not_extend_yet_is_left(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = place_on(Network.INSTAGRAM)
    # Instagram has no refresh tokens: the access token is extended.
    connected = replace(place.tokens, refresh=place.tokens.access)
    rabbit.book.tokens[place.account.id] = connected
    tokens = rabbit.t.get(AccessTokens)

    for _ in range(3):
        await tokens.renew(place.account)
        assert rabbit.book.tokens[place.account.id] == connected
        travel(12 * HOUR)
    await tokens.renew(place.account)

    renewed = rabbit.book.tokens[place.account.id]
    assert renewed.expires_at - connected.expires_at >= 36 * HOUR


async def test_any_other_token_is_renewed_whatever_time_it_has_left(rabbit: Press) -> None:
    place = rabbit.x
    connected = place.tokens
    await rabbit.t.get(AccessTokens).renew(place.account)
    assert place.tokens.access != connected.access
    assert rabbit.book.tokens[place.account.id].access == place.tokens.access
