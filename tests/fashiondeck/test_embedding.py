"""Vectors of products: in calls of 32, once for each text, one bad product for itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tests.fashiondeck.conftest import Start
from tests.fashiondeck.running import Deck, refresh_of

from fashiondeck.jobs.embeddings import embed_calls
from fashiondeck.models import Product
from fashiondeck.schemas import EmbedProduct, Prompt
from fashiondeck.services import services
from fashiondeck.services.products import Products
from fashiondeck.services.refreshing import Refresher
from hutch import bind
from hutch_database import Database
from hutch_queue import Queue, QueueAdmin
from kit.ai import Embedder, NgramEmbedder
from kit.platforms import PauseAccount, RetryBackoff
from kit.vectors import Vector


class Counting(NgramEmbedder):
    """Tells which texts it was asked for, call by call; raises first what it is given."""

    def __init__(self, *errors: Exception, dimensions: int = 384) -> None:
        super().__init__(dimensions)
        self.asked: list[list[str]] = []
        self.errors = list(errors)

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        self.asked.append(list(texts))
        if self.errors:
            raise self.errors.pop(0)
        return await super().embed(texts)


async def rename(deck: Deck, product: Product, title: str) -> EmbedProduct:
    """Give a product a title by hand, as if it had been found so."""
    wanted = deck.t.get(Refresher).stock.vectors.wanted(title)
    async with deck.t.app.get(Database, services).session() as session:
        where = update(Product).where(Product.id == product.id)
        await session.execute(where.values(title=title, wanted=wanted))
    return EmbedProduct(product_id=product.id, wanted=wanted)


async def unembedded(deck: Deck, category: str, count: int) -> list[EmbedProduct]:
    """Refresh a category, and keep its products without vectors."""
    deck.ebay.leave(category, count)
    found: list[EmbedProduct] = []
    async for page in deck.t.get(Refresher).begin(refresh_of(category)).pages():
        found += page
    return found


async def enqueue(deck: Deck, products: Sequence[EmbedProduct]) -> None:
    await deck.t.get(Queue).enqueue_all(embed_calls(products))


@pytest.mark.req("FD-15", "FD-16", "FD-17")
async def test_a_hundred_products_are_four_calls_and_a_bad_one_fails_alone(start: Start) -> None:
    async with start() as deck:
        products = await unembedded(deck, "bags", 100)
        bad = next(iter((await deck.rows()).values()))
        await rename(deck, bad, "§§§")
        seen: list[int] = []
        vectors = deck.t.get(Refresher).stock.vectors
        make = type(vectors).make

        async def counting(self: Any, some: Sequence[EmbedProduct]) -> Any:
            seen.append(len(some))
            return await make(self, some)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(vectors), "make", counting)
            await enqueue(deck, products)
            await deck.t.drain()
        assert seen == [32, 32, 32, 4]
        assert await deck.counts() == (100, 99, 99)
        [failed] = await deck.t.get(QueueAdmin).jobs("embeddings", "failed")
        assert failed.id.startswith(bad.id)
        assert "has neither letters nor digits" in failed.failures[0].error
        assert (failed.attempt, failed.attempts) == (1, 2)


@pytest.mark.req("FD-42")
async def test_a_text_is_embedded_once_however_many_products_have_it(start: Start) -> None:
    embedder = Counting()
    async with start(bind(Embedder).value(embedder)) as deck:
        products = await unembedded(deck, "bags", 20)
        same = [await rename(deck, row, "Blue bag") for row in (await deck.rows()).values()]
        assert len(same) == len(products)
        await enqueue(deck, same)
        await deck.t.drain()
        assert embedder.asked == [["Blue bag"]]
        assert await deck.counts() == (20, 20, 20)
        await deck.search("blue bag")
        await deck.search("Blue  bag")
        assert embedder.asked[1:] == [["blue bag"]]


@pytest.mark.req("FD-42")
async def test_vectors_of_another_length_are_not_kept(start: Start) -> None:
    class Lying(NgramEmbedder):
        dimensions = 10  # type: ignore[assignment]

    async with start(bind(Embedder).value(Lying())) as deck:
        await enqueue(deck, await unembedded(deck, "bags", 2))
        await deck.t.drain()
        assert await deck.counts() == (2, 0, 0)
        failed = await deck.t.get(QueueAdmin).jobs("embeddings", "failed")
        assert [job.attempt for job in failed] == [2, 2]
        assert "has a vector of the shape (384,), not (10,)" in failed[0].failures[0].error


async def test_another_title_has_another_vector(start: Start) -> None:
    embedder = Counting()
    async with start(bind(Embedder).value(embedder)) as deck:
        deck.ebay.leave("bags", 1)
        await deck.refresh("bags")
        [row] = (await deck.rows()).values()
        await enqueue(deck, [await rename(deck, row, "Green umbrella")])
        await deck.t.drain()
        assert embedder.asked == [[row.title], ["Green umbrella"]]
        assert await deck.titles("green umbrella") == ["Green umbrella"]
        assert await deck.counts() == (1, 1, 1)


async def test_another_model_makes_every_vector_anew(start: Start) -> None:
    async with start() as deck:
        deck.ebay.leave("bags", 5)
        await deck.refresh("bags")
    async with start(bind(Embedder).value(Counting(dimensions=64))) as deck:
        assert await deck.counts() == (5, 5, 0)
        await deck.refresh("bags")
        assert await deck.counts() == (5, 5, 5)
        assert len((await deck.search("backpack handbag tote bag"))["products"]) > 0


async def test_what_was_sold_before_its_turn_is_not_embedded(start: Start) -> None:
    embedder = Counting()
    async with start(bind(Embedder).value(embedder)) as deck:
        products = await unembedded(deck, "bags", 3)
        [one, *others] = (await deck.rows()).values()
        await deck.t.get(Refresher).stock.look(one, None)
        await enqueue(deck, products)
        await deck.t.drain()
        assert [sorted(texts) for texts in embedder.asked] == [sorted(o.title for o in others)]
        assert await deck.counts() == (2, 2, 2)


async def test_what_is_sold_while_it_is_embedded_keeps_no_vector(start: Start) -> None:
    sold: list[Product] = []

    class Slow(NgramEmbedder):
        async def embed(self, texts: Sequence[str]) -> list[Vector]:
            await deck.t.get(Refresher).stock.look(sold[0], None)
            return await super().embed(texts)

    async with start(bind(Embedder).value(Slow())) as deck:
        products = await unembedded(deck, "bags", 3)
        sold += (await deck.rows()).values()
        await enqueue(deck, products)
        await deck.t.drain()
        assert await deck.counts() == (2, 2, 2)
        found = await deck.t.get(Products).chosen([one.id for one in sold], Prompt(words="x"), 9)
        assert found == [one.id for one in sold[1:]]


async def test_a_job_that_runs_twice_makes_one_vector(deck: Deck) -> None:
    products = await unembedded(deck, "bags", 5)
    await enqueue(deck, products)
    await deck.t.drain()
    await enqueue(deck, products)
    await deck.t.drain()
    assert await deck.counts() == (5, 5, 5)
    completed = await deck.t.get(QueueAdmin).jobs("embeddings", "completed")
    assert len(completed) == 5, "the same job took the place of its record"


async def test_a_model_that_is_away_is_asked_again(start: Start) -> None:
    embedder = Counting(RetryBackoff("not answered"))
    async with start(bind(Embedder).value(embedder)) as deck:
        await enqueue(deck, await unembedded(deck, "bags", 3))
        await deck.t.drain()
        assert await deck.counts() == (3, 3, 3)
        [job, *_] = await deck.t.get(QueueAdmin).jobs("embeddings", "completed")
        assert (job.attempt, job.attempts) == (2, 2)


async def test_a_used_up_quota_costs_no_attempt(start: Start) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    embedder = Counting(PauseAccount("quota", until=tomorrow))
    async with start(bind(Embedder).value(embedder)) as deck:
        await enqueue(deck, await unembedded(deck, "bags", 3))
        await deck.t.drain()
        waiting = await deck.t.get(QueueAdmin).jobs("embeddings", "delayed")
        assert [job.attempt for job in waiting] == [0, 0, 0]
        due = [job.due for job in waiting]
        assert all(at and abs(at - tomorrow) < timedelta(seconds=5) for at in due)
