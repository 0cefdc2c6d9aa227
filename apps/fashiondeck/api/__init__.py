"""One controller for each resource, and the pages, as one module."""

from __future__ import annotations

from fashiondeck.api.aesthetics import AestheticsController
from fashiondeck.api.caches import CachesController
from fashiondeck.api.catalogue import CatalogueController, RefreshesController
from fashiondeck.api.errors import ON_ERROR
from fashiondeck.api.insights import InsightsController
from fashiondeck.api.pages import OperationsPages, SearchPages
from fashiondeck.api.products import PicturesController, ProductsController
from fashiondeck.api.search import SearchController
from fashiondeck.jobs import jobs
from fashiondeck.services import services
from hutch import Module
from hutch_metrics import Timing
from hutch_monitor import monitor_module
from kit.pages import pages_module

api = Module(
    "fashiondeck.api",
    imports=[
        jobs,
        services,
        monitor_module(),
        pages_module("fashiondeck", "FashionDeck", ("Search", "/"), ("Operations", "/operations")),
    ],
    controllers=[
        AestheticsController,
        CachesController,
        CatalogueController,
        InsightsController,
        OperationsPages,
        PicturesController,
        ProductsController,
        RefreshesController,
        SearchController,
        SearchPages,
    ],
    contributions=ON_ERROR,
    interceptors=[Timing],
)
