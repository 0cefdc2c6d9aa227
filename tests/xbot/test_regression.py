"""The model: better than always saying what is more frequent, and always the same."""

import math
from datetime import UTC, datetime
from random import Random

import pytest

from xbot.services.features import features_of, tags_of
from xbot.services.regression import Sample, fit, quality, score

TOPICS = {"tea": -1.5, "coffee": 1.5, "milk": 0.0}


def synthetic(count: int, seed: int = 0) -> list[Sample]:
    """Posts whose success depends on topic, hour and length, and on luck."""
    random, samples = Random(seed), list[Sample]()
    for number in range(count):
        topic = random.choice(list(TOPICS))
        at = datetime(2026, 1, 1, random.randrange(24), tzinfo=UTC)
        features = features_of("x" * random.randrange(1, 280), topic, at)
        total = TOPICS[topic] + 1.5 * features["hour_cos"] - 0.5 * features["length"]
        success = random.random() < 1 / (1 + math.exp(-total))
        samples.append(Sample(str(number), features, success))
    return samples


@pytest.mark.req("XB-46")
@pytest.mark.parametrize("seed", range(3))
def test_it_beats_the_baseline(seed: int) -> None:
    found = quality(synthetic(400, seed), penalty=1)
    assert found.accuracy > found.baseline + 0.1
    assert 0.5 <= found.baseline < 0.65


@pytest.mark.req("XB-45")
def test_it_finds_what_matters() -> None:
    weights = fit(synthetic(3000), penalty=1)
    assert abs(weights["topic=coffee"] - weights["topic=tea"] - 3.0) < 0.5
    assert abs(weights["hour_cos"] - 1.5) < 0.3
    assert abs(weights["hour_sin"]) < 0.3
    at = datetime(2026, 1, 1, tzinfo=UTC)
    good, bad = (score(weights, features_of("x", topic, at)) for topic in ("coffee", "tea"))
    assert good > 0.9
    assert bad < 0.6


@pytest.mark.req("XB-45")
def test_the_same_samples_give_the_same_weights_in_whatever_order() -> None:
    samples = synthetic(50)
    first, second = fit(samples, 1), fit(samples[::-1], 1)
    assert fit(samples, 1) == first
    assert {name: round(w, 9) for name, w in first.items()} == {
        name: round(w, 9) for name, w in second.items()
    }


def test_samples_that_are_all_alike_leave_it_finite() -> None:
    alike = [Sample(str(n), {"topic=tea": 1.0}, success=True) for n in range(20)]
    weights = fit(alike, 1)
    assert all(math.isfinite(weight) for weight in weights.values())
    assert score(weights, {"topic=tea": 1.0}) > 0.95
    assert quality(alike, 1).accuracy == 1.0


def test_what_it_has_never_seen_counts_nothing() -> None:
    assert score({"bias": 0.0, "link": 5.0}, {"topic=new": 1.0}) == 0.5
    assert score({"bias": 1000.0}, {}) == pytest.approx(1.0)


def test_features_and_tags() -> None:
    at = datetime(2026, 1, 1, 6, tzinfo=UTC)
    found = features_of("Why #Tea? https://a.example #tea", "tea", at)
    assert {k: v for k, v in found.items() if k not in ("hour_cos", "length")} == {
        "topic=tea": 1.0, "hour_sin": 1.0, "tags": 1.0, "link": 1.0, "question": 1.0,
    }  # fmt: skip
    assert tags_of("#Tea #coffee #TEA") == ("tea", "coffee")
