"""What fashiondeck keeps in Redis by name: its caches, and the counter of each marketplace."""

from __future__ import annotations

import unicodedata

from fashiondeck.schemas import Prompt
from hutch_cache import Entry, hash_of
from hutch_ratelimit import per_day

FOUND = "products"
"""The tag of all search results."""
READ = "prompts"
"""The tag of all parsed prompts."""

PRODUCTS = Entry("products", list[str], ttl="6h", tags=(FOUND,))
"""The ids of the products that a search found, by the hash of its prompt."""
PROMPTS = Entry("prompts", Prompt, ttl="24h", tags=(READ,))
"""What a prompt asks for, by its hash."""
AESTHETICS = Entry("aesthetics", dict[str, str], ttl=None, at="cache:aesthetics:all")
"""The words of each aesthetic; written anew when one of them changes."""
EMBEDDINGS = Entry("embeddings", list[float], ttl=None)
"""Vectors of titles, by the hash of model and text: as many as there are products."""
QUERY_EMBEDDINGS = Entry("query-embeddings", list[float], ttl="24h")
"""Vectors of what people look for, likewise: anybody makes them, so they have an end."""

MARKETPLACE_LIMITS = {"ebay": per_day(5000, tz="America/Los_Angeles")}
"""How many calls a marketplace takes: eBay's default for the Browse API, in eBay's own days."""


def limit_key(marketplace: str) -> tuple[str, str, str]:
    """Name the counter of a marketplace's calls."""
    return ("ratelimit", "marketplace", marketplace)


def normal(query: str) -> str:
    """Write a query as all who mean the same write it: in small letters, with single spaces."""
    # PostgreSQL takes no text with a NUL.
    readable = query.replace("\0", " ")
    return " ".join(unicodedata.normalize("NFKC", readable).casefold().split())


def generate_hash(query: str) -> str:
    """Return what stands for a query in keys; the same in every process and on every run."""
    return hash_of(normal(query))
