"""Instruments, their values and what Prometheus reads."""

import math
from collections.abc import Callable
from typing import Any

import pytest

import hutch_metrics.figures
from hutch.contributions import Reading
from hutch_metrics import Counter, Gauge, Histogram, InvalidInstrument
from hutch_metrics.figures import Figures

POSTS = Counter("test_posts_total", "Posts sent.", ("platform",))
DEPTH = Gauge("test_depth", "How many wait.")
SECONDS = Histogram("test_seconds", "How long it takes.", ("kind",), (0.1, 1))


def test_values_come_back_with_their_labels() -> None:
    figures = Figures()
    figures.add(POSTS, 1, {"platform": "x"})
    figures.add(POSTS, 2.5, {"platform": "x"})
    figures.add(POSTS, 1, {"platform": "linkedin"})
    figures.set(DEPTH, 7, {})
    figures.set(DEPTH, 3, {})
    assert list(figures.readings()) == [
        Reading("test_posts_total", 3.5, (("platform", "x"),)),
        Reading("test_posts_total", 1, (("platform", "linkedin"),)),
        Reading("test_depth", 3),
    ]


def test_a_histogram_has_rising_buckets_a_sum_and_a_count() -> None:
    figures = Figures()
    for value in (0.05, 0.1, 0.5, 7):
        figures.observe(SECONDS, value, {"kind": "job"})
    kind = ("kind", "job")
    assert list(figures.readings()) == [
        Reading("test_seconds_bucket", 2, (kind, ("le", "0.1"))),
        Reading("test_seconds_bucket", 3, (kind, ("le", "1"))),
        Reading("test_seconds_bucket", 4, (kind, ("le", "+Inf"))),
        Reading("test_seconds_sum", 7.65, (kind,)),
        Reading("test_seconds_count", 4, (kind,)),
    ]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda f: f.add(POSTS, 1, {}), "has the labels platform, but none were given"),
        (lambda f: f.set(DEPTH, 1, {"a": "b"}), "has the labels none, but a were given"),
        (lambda f: f.add(POSTS, -1, {"platform": "x"}), "cannot rise by -1"),
        (lambda f: f.add(POSTS, math.inf, {"platform": "x"}), "cannot rise by inf"),
        (lambda f: f.observe(SECONDS, math.nan, {"kind": "x"}), "NaN is in no bucket"),
    ],
)
def test_wrong_use_changes_nothing(use: Callable[[Figures], None], message: str) -> None:
    figures = Figures()
    with pytest.raises(InvalidInstrument, match=message):
        use(figures)
    assert list(figures.readings()) == []


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (Counter, ("test_posts", ""), "end its name in _total"),
        (Gauge, ("test_x_total", ""), "only counters end in _total"),
        (Gauge, ("1x", ""), "no digit first"),
        (Gauge, ("a-b", ""), "use A-Z"),
        (Gauge, ("test_g", "", ("__a",)), "no __ first"),
        (Gauge, ("test_g", "", ("a", "a")), "labels a, a: each once"),
        (Gauge, ("test_depth", "Something else."), "declared twice, and means different"),
        (Histogram, ("test_h", "", ("le",)), "the label 'le' is its bounds'"),
        (Histogram, ("test_h", "", (), ()), "at least one finite bound"),
        (Histogram, ("test_h", "", (), (1.0, math.inf)), "at least one finite bound"),
        (Histogram, ("test_h", "", (), (2.0, 1.0)), "its buckets must rise"),
    ],
)
def test_a_wrong_declaration_is_refused(
    kind: Callable[..., Any], arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(InvalidInstrument, match=message):
        kind(*arguments)


def test_there_is_a_limit_to_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hutch_metrics.figures, "MOST_SERIES", 2)
    figures = Figures()
    for platform in ("a", "b", "c", "a"):
        figures.add(POSTS, 1, {"platform": platform})
    assert [reading.value for reading in figures.readings()] == [2, 1]
    assert figures.dropped == 1
