"""Training: the model is made anew by each batch, kept in Redis and in the database."""

from datetime import datetime

import pytest
from tests.xbot.running import Bot, measured

from hutch_cache import Cache
from hutch_queue import Queue
from xbot.jobs.analytics import AnalyticsJobs
from xbot.keys import ACCURACY, BASELINE
from xbot.services import training
from xbot.services.learning import Learning
from xbot.services.regression import Sample, Weights, fit
from xbot.services.training import Training


@pytest.mark.req("XB-45", "XB-46", "XB-47")
async def test_the_model_is_trained_kept_and_scores_drafts(idle: Bot) -> None:
    assert (await idle.ask("GET", "/api/learning"))["model"] is None
    likes = {"tea": 5, "coffee": 90}
    tweets = [(topic, "x", n % 24, likes[topic]) for n in range(20) for topic in likes]
    await measured(idle, *tweets)
    await idle.t.get(Queue).enqueue(AnalyticsJobs.learn())
    await idle.t.drain()
    found = (await idle.ask("GET", "/api/learning"))["model"]
    assert (found["version"], found["samples"]) == ("v1", 40)
    assert found["accuracy"] > found["baseline"] == 0.5
    scores = {}
    for topic in likes:
        body = {"text": f"about {topic}", "topic": topic}
        scores[topic] = (await idle.ask("POST", "/api/drafts", 201, json=body))["score"]
    assert scores["coffee"] > 0.8
    assert scores["tea"] < 0.2
    before = found["trainedAt"]
    again = await idle.t.get(Training).train()
    assert again is not None
    assert again.trained_at == datetime.fromisoformat(before)  # nothing new, so nothing is done


async def test_a_model_that_redis_has_lost_comes_from_the_database(idle: Bot) -> None:
    tweets = [(topic, "x", n % 24, n) for n in range(20) for topic in ("tea", "milk")]
    await measured(idle, *tweets)
    await idle.t.get(Learning).ingest()
    model = await idle.t.get(Training).train()
    await idle.t.get(Cache).clear("weights")
    await idle.t.get(Cache).delete(BASELINE.key())
    assert await idle.t.get(Training).model() == model
    assert await idle.t.get(Learning).baseline() == 9.5


@pytest.mark.req("XB-45")
async def test_who_dies_while_it_is_trained_is_followed_by_one_who_trains(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await measured(idle, *[(topic, "x", n % 24, n) for n in range(20) for topic in ("tea", "milk")])
    await idle.t.get(Learning).ingest()

    async def dies(*_: object) -> None:
        raise ConnectionError("away")

    for what in ("_show", "_keep"):
        with monkeypatch.context() as patch:
            patch.setattr(Training, what, dies)
            with pytest.raises(ConnectionError):
                await idle.t.get(Training).train()
    assert await idle.t.get(Learning).ingest() == 0
    model = await idle.t.get(Training).train()
    assert model is not None
    assert await idle.t.get(Training).model() == model


async def test_with_nothing_new_nothing_is_trained_or_shown(
    idle: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = list[int]()

    def counted(samples: list[Sample], penalty: float) -> Weights:
        calls.append(len(samples))
        return fit(samples, penalty)

    monkeypatch.setattr(training, "fit", counted)
    cache = idle.t.get(Cache)
    await measured(idle, *[("tea", "x", n % 24, n) for n in range(30)])
    for _ in range(2):
        await cache.delete(ACCURACY.key())
        await idle.t.get(Queue).enqueue(AnalyticsJobs.learn())
        await idle.t.drain()
    assert calls == [30]
    assert await cache.get(ACCURACY.key()) is None
    await measured(idle, ("tea", "x", 9, 99), first=30)
    await idle.t.get(Queue).enqueue(AnalyticsJobs.learn())
    await idle.t.drain()
    assert calls == [30, 31]
    assert await cache.get(ACCURACY.key()) is not None
