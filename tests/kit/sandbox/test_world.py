"""What people like, and what time it is: so that a loop can learn, and a day can pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest
from pydantic import SecretStr

from kit.platforms import Metrics, PlatformSettings, XClient
from kit.sandbox import SandboxState, serving
from kit.sandbox.world import World

AT = datetime(2026, 3, 4, tzinfo=UTC)


def likes(world: World, text: str, hour: int, post_id: str = "1") -> int:
    return world.likes(post_id, text, AT + timedelta(hours=hour))


def test_the_same_seed_makes_the_same_likes():
    one, same, other = World(seed=1), World(seed=1), World(seed=2)
    tags = [f"#tag{number}" for number in range(20)]

    assert [likes(one, tag, 3) for tag in tags] == [likes(same, tag, 3) for tag in tags]
    assert [likes(one, tag, 3) for tag in tags] != [likes(other, tag, 3) for tag in tags]
    assert len({likes(one, tag, 3) for tag in tags}) > 10


def test_a_topic_is_a_hashtag_or_a_word_that_is_known():
    world = World(topics={"coffee": 2.0, "tea": 0.5}, best_hour=12)

    assert likes(world, "Our new Coffee!", 12) == likes(world, "#coffee and tea", 12)
    coffee = likes(world, "coffee", 12)
    assert likes(world, "#Tea and coffee", 12) == pytest.approx(coffee / 4, 0.05)
    assert likes(world, "neither", 12) == pytest.approx(coffee / 2, 0.05)


def test_the_best_hour_is_best_and_the_opposite_worst():
    world = World(best_hour=18)
    by_hour = [likes(world, "a", hour) for hour in range(24)]

    assert by_hour.index(max(by_hour)) == 18
    assert by_hour.index(min(by_hour)) == 6
    assert max(by_hour) == pytest.approx(7 * min(by_hour), 0.1)


def test_likes_grow_with_time_and_come_to_an_end():
    now = datetime.now(UTC)
    world = World(best_hour=now.hour)
    grown: list[int] = []
    for hours in (0, 1, 2, 24, 24 * 3650):
        world.ahead = timedelta(hours=hours)
        grown.append(world.likes("1", "a", now))

    assert grown == sorted(grown)
    assert grown[0] == pytest.approx(grown[-1] / 2, 0.05)
    assert grown[1] == pytest.approx(grown[-1] * 3 / 4, 0.05)


@pytest.mark.req("R24-25")
async def test_an_app_can_find_the_better_topic_and_hour_by_the_metrics_of_x(http):
    state = SandboxState()
    async with serving(state) as url:
        account = (await http.post(f"{url}/_sandbox/accounts", json={})).json()
        token = SecretStr(account["access_token"])
        taste = {"topics": {"coffee": 1.6, "tea": 0.6}, "best_hour": 9}
        assert (await http.post(f"{url}/_sandbox/world", json=taste)).status_code == 200
        x = XClient(http, PlatformSettings(x_base_url=url))
        posted: dict[str, tuple[str, int]] = {}
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0) + timedelta(days=1)
        for hour in (3, 9, 21):
            ahead = (midnight + timedelta(hours=hour) - datetime.now(UTC)).total_seconds()
            await http.post(f"{url}/_sandbox/world", json={"ahead_seconds": ahead})
            for topic in ("coffee", "tea"):
                for number in range(8):
                    text = f"{topic} at {hour}, number {number}"
                    posted[(await x.create_post(token, text)).id] = (topic, hour)
        await http.post(f"{url}/_sandbox/world", json={"ahead_seconds": 10 * 86_400})

        found = await x.metrics(token, list(posted))

    def rate(at: int, value: str | int) -> float:
        return mean(_all(found[id_]) for id_, arm in posted.items() if arm[at] == value)

    assert rate(0, "coffee") > 2 * rate(0, "tea")
    assert rate(1, 9) > rate(1, 3) > rate(1, 21)


def _all(metrics: Metrics) -> int:
    return sum(count or 0 for count in (metrics.likes, metrics.shares, metrics.comments))


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"best_hour": 24}, "$.best_hour: "),
        ({"topics": {"two words": 1}}, "$.topics.two words"),
        ({"topics": {"a": -1}}, "$.topics.a: "),
        ({"half_life_seconds": 0}, "$.half_life_seconds: "),
        ({"ahead_seconds": -1}, "$.ahead_seconds: "),
        ({"speed": 2}, "$.speed: "),
    ],
)
async def test_a_wrong_world_is_refused_and_changes_nothing(sandbox, body, place: str):
    address = f"{sandbox.url}/_sandbox/world"
    before = (await sandbox.http.get(address)).json()

    answer = await sandbox.http.post(address, json=body | {"seed": 9})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith(place)
    after = (await sandbox.http.get(address)).json()
    assert after | {"now": ""} == before | {"now": ""}
