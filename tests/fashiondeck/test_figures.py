"""What Prometheus reads of fashiondeck."""

import re

from tests.fashiondeck.running import Deck


async def test_searches_products_vectors_and_caches_are_counted(deck: Deck) -> None:
    deck.ebay.leave("bags", 5)
    await deck.refresh("bags")
    for query in ("backpack", "backpack", "zzzz qqqq"):
        await deck.search(query)
    sold, *_ = deck.ebay.leave("bags", 5)
    deck.ebay.state.ebay.sell(sold)
    await deck.refresh("bags")
    text = (await deck.client.get("/monitor/metrics")).raise_for_status().text
    found = {name: float(n) for name, n in re.findall(r"^(\w+\{[^}]*\}) ([\d.]+)$", text, re.M)}
    assert found['fashiondeck_searches_total{outcome="miss"}'] == 1
    assert found['fashiondeck_searches_total{outcome="hit"}'] == 1
    assert found['fashiondeck_searches_total{outcome="empty"}'] == 1
    assert found['fashiondeck_products_total{fate="added"}'] == 5
    assert found['fashiondeck_products_total{fate="gone"}'] == 1
    assert found['fashiondeck_vectors_total{outcome="made"}'] == 5
    assert found['hutch_cache_hits_total{entry="products"}'] == 1
    assert found['hutch_queue_jobs{queue="embeddings",state="completed"}'] == 5
    assert "backpack" not in text
