"""What the domain does, without queues and HTTP, as one module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from fashiondeck.keys import (
    AESTHETICS,
    EMBEDDINGS,
    MARKETPLACE_LIMITS,
    PRODUCTS,
    PROMPTS,
    QUERY_EMBEDDINGS,
)
from fashiondeck.services.aesthetics import Aesthetics
from fashiondeck.services.catalogue import Catalogue
from fashiondeck.services.embeddings import Embeddings
from fashiondeck.services.marketplaces import Marketplaces
from fashiondeck.services.overview import Overview
from fashiondeck.services.pictures import PATIENCE, Pictures
from fashiondeck.services.products import Products
from fashiondeck.services.prompts import Prompts
from fashiondeck.services.queries import Queries
from fashiondeck.services.refreshing import Refresher
from fashiondeck.services.searching import Searching
from fashiondeck.services.stock import Stock
from fashiondeck.services.vectors import ProductVectors
from fashiondeck.settings import FashiondeckSettings
from hutch import Module, bind
from hutch_cache import Cache, cache_module
from hutch_database import database_module
from hutch_metrics import Metrics, metrics_module
from hutch_ratelimit import RateLimiter, ratelimit_module
from kit.ai import ai_module
from kit.client import http_client
from kit.marketplaces import marketplaces_module
from kit.vectors import vectors_module


async def _pictures_client() -> AsyncIterator[httpx2.AsyncClient]:
    async with http_client(read_timeout=PATIENCE) as client:
        yield client


services = Module(
    "fashiondeck.services",
    imports=[
        ai_module(),
        cache_module(PRODUCTS, PROMPTS, AESTHETICS, EMBEDDINGS, QUERY_EMBEDDINGS),
        database_module(),
        marketplaces_module(),
        metrics_module(),
        ratelimit_module(**MARKETPLACE_LIMITS),
        vectors_module(),
    ],
    providers=[
        FashiondeckSettings,
        bind(httpx2.AsyncClient).open(_pictures_client),
        *(Aesthetics, Catalogue, Embeddings, Marketplaces, Overview, Pictures, Products),
        *(ProductVectors, Prompts, Queries, Refresher, Searching, Stock),
    ],
    exports=[
        *(Aesthetics, Catalogue, Overview, Pictures, Products, ProductVectors, Queries),
        *(Refresher, Searching, Stock, FashiondeckSettings),
        *(Cache, Metrics, RateLimiter),
    ],
)
