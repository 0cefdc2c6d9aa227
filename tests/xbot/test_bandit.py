"""Thompson sampling: deterministic with a seed, and it finds the better arm."""

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from xbot.services.bandit import Belief, choose
from xbot.services.beliefs import next_hour


def played(shares: dict[str, float], rounds: int, seed: int) -> list[str]:
    """Choose, see what comes of it, learn, and so on."""
    random, people = Random(seed), Random(seed + 1)
    won, lost, choices = Counter[str](), Counter[str](), list[str]()
    for _ in range(rounds):
        beliefs = [Belief(name, 1 + won[name], 1 + lost[name]) for name in shares]
        name = choose(beliefs, random).name
        (won if people.random() < shares[name] else lost)[name] += 1
        choices.append(name)
    return choices


@pytest.mark.req("XB-44")
@pytest.mark.parametrize("seed", range(10))
def test_it_converges_to_the_better_arm(seed: int) -> None:
    choices = played({"tea": 0.3, "coffee": 0.6, "milk": 0.2}, 1500, seed)
    assert Counter(choices[-500:])["coffee"] > 425
    assert set(choices[:50]) == {"tea", "coffee", "milk"}


@pytest.mark.req("XB-44")
def test_the_same_seed_makes_the_same_choices() -> None:
    shares = {"tea": 0.4, "coffee": 0.6}
    assert played(shares, 50, seed=3) == played(shares, 50, seed=3)
    assert played(shares, 50, seed=3) != played(shares, 50, seed=4)


@pytest.mark.req("XB-44")
def test_without_any_knowledge_all_arms_are_chosen_alike() -> None:
    random = Random(0)
    arms = [Belief(name, 1, 1) for name in "abcd"]
    counts = Counter(choose(arms, random).name for _ in range(4000))
    assert all(900 < counts[name] < 1100 for name in "abcd")


def test_a_belief_has_its_mean_and_its_range() -> None:
    assert Belief("tea", 3, 1).mean == 0.75
    low, high = Belief("tea", 1, 1).range()
    assert (low, high) == pytest.approx((0.05, 0.95), abs=0.02)
    sure = Belief("tea", 300, 100).range()
    assert sure[1] - sure[0] < 0.1
    assert Belief("tea", 3, 1).range() == Belief("tea", 3, 1).range()


@pytest.mark.parametrize(
    ("hour", "expected"),
    [(13, "2026-11-21T13:00"), (12, "2026-11-22T12:00"), (0, "2026-11-22T00:00")],
)
def test_the_next_time_that_an_hour_begins(hour: int, expected: str) -> None:
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert next_hour(hour, now) == datetime.fromisoformat(expected).replace(tzinfo=UTC)
