"""Instagram's containers: carousels, and published ones whose posts are not found."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.kit.publishing.conftest import PlaceOn, Travel
from tests.kit.publishing.running import Press
from tests.kit.publishing.test_networks import PICTURE, connected, settled

from kit.publishing import Network, TryLater
from kit.publishing import PublicationState as State
from kit.sandbox import Fault

MINUTE = timedelta(minutes=1)


async def test_a_post_whose_words_its_owner_changed_is_not_looked_up_for_ever(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    place.fault(Fault.LOST_AFTER_COMMIT)
    post = await rabbit.approved("Hello", place, (PICTURE,))
    await rabbit.t.drain()
    # As if its owner had changed the words on Instagram.
    rabbit.book.posts[post] = replace(rabbit.book.posts[post], text="Bye")

    travel(9 * MINUTE)
    with pytest.raises(TryLater, match="does not show the post yet"):
        await rabbit.publish(post)
    travel(2 * MINUTE)
    assert await rabbit.publish(post) is None

    row = await rabbit.row(post)
    assert row.state is State.FAILED
    assert str(row.error).endswith("shows no post with its words: look at the account.")
    assert place.texts == ["Hello"]


async def test_the_parts_of_a_carousel_are_kept_while_instagram_works_on_them(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    place.fault(Fault.SLOW_CONTAINER, seconds=600)
    post = await rabbit.approved("Hello", place, (PICTURE, PICTURE))
    assert await rabbit.t.drain() == 1
    waiting = await rabbit.row(post)
    assert (waiting.state, waiting.error, len(waiting.media)) == (State.DEFERRED, None, 2)

    travel(5 * MINUTE)
    await rabbit.t.drain()
    assert (await rabbit.row(post)).media == waiting.media
    travel(5 * MINUTE)
    assert await settled(rabbit, travel, post) is State.PUBLISHED

    [shown] = place.posts
    assert (shown["text"], len(shown["media_ids"])) == ("Hello", 2)
    made = [
        one for one in place.state.instagram.containers.values() if one.owner == place.grant.account
    ]
    assert len(made) == 3, "two parts, and the one that joins them"


async def test_a_carousel_whose_answer_is_lost_is_looked_up(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    place.fault(Fault.LOST_AFTER_COMMIT)
    post = await rabbit.approved("Hello", place, (PICTURE, PICTURE))
    assert await settled(rabbit, travel, post) is State.PUBLISHED
    assert place.texts == ["Hello"]
