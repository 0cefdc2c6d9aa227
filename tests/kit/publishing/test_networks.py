"""Each network: with a picture, with a lost answer, with media that are not ready or not there."""

from contextlib import suppress
from datetime import timedelta

import pytest
from tests.kit.publishing.conftest import PlaceOn, Travel
from tests.kit.publishing.running import Place, Press

from kit.publishing import Deferred, Network, TryLater
from kit.publishing import PublicationState as State
from kit.publishing.models import FRESH
from kit.sandbox import Fault

SECOND = timedelta(seconds=1)
PICTURE = "posts/picture.png"
LOST = [Fault.LOST_AFTER_COMMIT, Fault.ERROR_AFTER_COMMIT]


async def connected(rabbit: Press, place: Place) -> Place:
    """Tell the press of an account, and put a picture into its files."""
    rabbit.book.accounts[place.account.id] = place.account
    rabbit.book.tokens[place.account.id] = place.tokens
    await rabbit.files.put(PICTURE, b"\x89PNG\r\n\x1a\n a picture")
    return place


async def settled(rabbit: Press, travel: Travel, post: str) -> State:
    """Let time pass until nothing is to be done."""
    while await rabbit.t.drain() or rabbit.t.enqueued:
        travel(SECOND)
    return (await rabbit.row(post)).state


@pytest.mark.req("R24-22", "R24-23")
@pytest.mark.parametrize("network", Network)
async def test_a_post_with_a_picture_is_there_once(
    rabbit: Press, place_on: PlaceOn, travel: Travel, network: Network
) -> None:
    place = await connected(rabbit, place_on(network))
    post = await rabbit.approved("Hello", place, (PICTURE,))
    assert await settled(rabbit, travel, post) is State.PUBLISHED
    [shown] = place.posts
    row = await rabbit.row(post)
    assert (shown["text"], len(shown["media_ids"])) == ("Hello", 1)
    assert row.remote_post_id == shown["id"]
    assert (row.remote_url or "").startswith("http")


@pytest.mark.req("R24-22")
@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("network", Network)
async def test_a_lost_answer_is_looked_up_on_every_network(
    rabbit: Press, place_on: PlaceOn, travel: Travel, network: Network, fault: Fault
) -> None:
    place = await connected(rabbit, place_on(network))
    place.fault(fault)
    post = await rabbit.approved("Hello", place, (PICTURE,))
    assert await settled(rabbit, travel, post) is State.PUBLISHED
    [shown] = place.posts
    assert (await rabbit.row(post)).remote_post_id == shown["id"]


@pytest.mark.req("R24-23")
@pytest.mark.parametrize("network", Network)
async def test_a_missing_file_fails_for_good_at_once(
    rabbit: Press, place_on: PlaceOn, network: Network
) -> None:
    place = await connected(rabbit, place_on(network))
    post = await rabbit.approved("Hello", place, ("posts/gone.png",))
    assert await rabbit.t.drain() == 1
    row = await rabbit.row(post)
    assert (row.state, place.texts, rabbit.t.enqueued) == (State.FAILED, [], [])
    assert row.error == (
        "FailPermanent: No file is called 'posts/gone.png'. "
        "Upload the file again, and write the post anew."
    )


async def test_a_container_that_is_not_ready_is_waited_for_without_a_slot(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    place.fault(Fault.SLOW_CONTAINER, seconds=60)
    post = await rabbit.approved("Hello", place, (PICTURE,))
    assert await rabbit.t.drain() == 1
    waiting = await rabbit.row(post)
    assert (waiting.state, waiting.error) == (State.DEFERRED, None)
    assert len(waiting.media) == 1
    travel(60 * SECOND)
    assert await settled(rabbit, travel, post) is State.PUBLISHED
    assert (await rabbit.row(post)).media == waiting.media, "the same container is published"


async def test_a_container_that_is_too_old_is_made_anew(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    place.fault(Fault.SLOW_CONTAINER, seconds=60)
    post = await rabbit.approved("Hello", place, (PICTURE,))
    await rabbit.t.drain()
    old = (await rabbit.row(post)).media
    travel(FRESH + SECOND)
    assert await settled(rabbit, travel, post) is State.PUBLISHED
    assert (await rabbit.row(post)).media != old
    assert place.texts == ["Hello"]


async def test_media_that_instagram_cannot_use_are_for_a_person(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    place.fault(Fault.BROKEN_MEDIA)
    post = await rabbit.approved("Hello", place, (PICTURE,))
    assert await settled(rabbit, travel, post) is State.FAILED
    assert "cannot use the media" in str((await rabbit.row(post)).error)
    assert place.texts == []


async def test_a_picture_that_instagram_could_not_fetch_is_offered_again(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    place.fault(Fault.UNFETCHED_MEDIA)
    post = await rabbit.approved("Hello", place, (PICTURE,))
    assert await settled(rabbit, travel, post) is State.PUBLISHED
    assert place.texts == ["Hello"]


async def test_instagram_without_a_picture_is_refused_before_sending(
    rabbit: Press, place_on: PlaceOn
) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    post = await rabbit.approved("Hello", place)
    assert await rabbit.t.drain() == 1
    row = await rabbit.row(post)
    assert row.state is State.FAILED
    assert row.error == ("FailPermanent: Instagram takes no post without a picture or a video.")


async def test_a_post_that_linkedin_names_but_does_not_have_is_not_believed(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.LINKEDIN))
    place.fault(Fault.DUPLICATE)
    post = await rabbit.approved("Hello", place)
    await rabbit.t.drain()
    row = await rabbit.row(post)
    assert (row.state, row.refused_as_duplicate) == (State.UNKNOWN, True)
    assert row.named_post_id.startswith("urn:li:")
    assert await settled(rabbit, travel, post) is State.FAILED
    assert (await rabbit.row(post)).error == "The account has a post with the same text already."


async def test_a_post_that_linkedin_names_and_has_is_ours(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.LINKEDIN))
    place.fault(Fault.LOST_AFTER_COMMIT)
    post = await rabbit.approved("Hello", place)
    await rabbit.t.drain()
    row = await rabbit.row(post)
    await rabbit.publications.released(row, row.attempt_id, "LinkedIn hid it for long")
    await rabbit.publish(post)
    assert (await rabbit.row(post)).refused_as_duplicate
    assert await settled(rabbit, travel, post) is State.PUBLISHED
    assert place.texts == ["Hello"]


async def test_a_revoked_token_is_in_no_message(rabbit: Press, place_on: PlaceOn) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    place.grant.revoked = True
    post = await rabbit.approved("Hello", place, (PICTURE,))
    await rabbit.t.drain()
    row = await rabbit.row(post)
    assert (row.state, place.texts) == (State.NEEDS_REAUTH, [])
    assert place.grant.pair.access not in str(row.error)


@pytest.mark.req("R24-22")
async def test_a_container_that_was_taken_for_lost_is_looked_up_not_made_anew(
    rabbit: Press, place_on: PlaceOn, travel: Travel
) -> None:
    place = await connected(rabbit, place_on(Network.INSTAGRAM))
    place.fault(Fault.LOST_AFTER_COMMIT)
    post = await rabbit.approved("Hello", place, (PICTURE,))
    await rabbit.t.drain()
    row = await rabbit.row(post)
    await rabbit.publications.released(row, row.attempt_id, "Instagram hid it for long")
    assert isinstance(await rabbit.publish(post), Deferred)
    assert (await rabbit.row(post)).state is State.UNKNOWN
    assert await settled(rabbit, travel, post) is State.PUBLISHED
    assert place.texts == ["Hello"]


@pytest.mark.req("R24-22")
@pytest.mark.parametrize(("network", "seconds"), [(Network.FACEBOOK, 180), (Network.LINKEDIN, 15)])
async def test_what_is_not_shown_is_sent_again_later_where_a_second_one_is_taken(
    rabbit: Press, place_on: PlaceOn, travel: Travel, network: Network, seconds: int
) -> None:
    place = await connected(rabbit, place_on(network))
    post = await rabbit.approved("Hello", place)
    sent = (await rabbit.claimed(post)).since
    lease = timedelta(seconds=60)
    with suppress(TryLater):
        while await rabbit.publish(post):
            travel(SECOND)
    assert await rabbit.state(post) == "PENDING"
    waited = (await rabbit.row(post)).since - sent - lease
    assert seconds * SECOND <= waited <= 2 * seconds * SECOND + 5 * SECOND
    assert await settled(rabbit, travel, post) is State.PUBLISHED
    assert place.texts == ["Hello"]
