"""The pages: search for everybody, and the operators' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fashiondeck.api.products import ProductId
from fashiondeck.api.search import PageNumber, SearchLimit
from fashiondeck.jobs.producers import AnalyticsProducer, ProductRefreshProducer
from fashiondeck.schemas import ProductView, RefreshProducts
from fashiondeck.services.overview import Overview
from fashiondeck.services.products import Products
from fashiondeck.services.prompts import NothingToLookFor
from fashiondeck.services.queries import Queries
from fashiondeck.services.searching import Searching
from fashiondeck.views import InsightView
from hutch.http import Path, Query, controller, get, guard, post
from hutch_auth import OPERATOR, VIEWER, RequireRole
from hutch_queue import QueueAdmin
from kit.pages import Pages

EXAMPLES = ("red linen shirt", "boho dress under 60", "used leather boots", "minimalist coat")
Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


@controller("/")
@dataclass
class SearchPages:
    """Search, and one product."""

    pages: Pages
    searching: Searching
    products: Products

    @guard(SearchLimit)
    @get("/")
    async def search(
        self,
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        page: PageNumber = 1,
    ) -> Response:
        """Show the search, and what it found."""
        found, problem = None, ""
        if q.strip():
            try:
                found = await self.searching.search(q, page)
            except NothingToLookFor as error:
                problem = str(error)
        return self.pages.render(
            request, "search.html", q=q, found=found, problem=problem, examples=EXAMPLES
        )

    @get("/products/{product_id}")
    async def product(self, request: Request, product_id: ProductId) -> Response:
        """Show one product."""
        product = await self.products.get(product_id)
        shown = ProductView.of(product)
        return self.pages.render(request, "product.html", product=shown, seen_at=product.seen_at)


@controller("/operations")
@dataclass
class OperationsPages:
    """What operators look at and do."""

    pages: Pages
    overview: Overview
    queries: Queries
    refreshes: ProductRefreshProducer
    analytics: AnalyticsProducer
    admin: QueueAdmin

    @guard(RequireRole(VIEWER))
    @get("/")
    async def show(self, request: Request) -> Response:
        """Show the catalogue, the queues, the caches and the last insights."""
        insights = [InsightView.of(insight) for insight in await self.queries.insights(7)]
        return self.pages.render(
            request,
            "operations.html",
            catalogue=await self.overview.catalogue(),
            queues={name: await self.admin.stats(name) for name in self.admin.names()},
            caches=await self.overview.caches(),
            insights=insights,
        )

    @guard(RequireRole(OPERATOR))
    @post("/refresh/{marketplace}")
    async def refresh_all(self, request: Request, marketplace: Name) -> Response:
        """Refresh all categories of a marketplace, and show the page again."""
        await self.refreshes.add_bulk_refresh_jobs(marketplace)
        return _back(request)

    @guard(RequireRole(OPERATOR))
    @post("/refresh/{marketplace}/{category}")
    async def refresh(self, request: Request, marketplace: Name, category: Name) -> Response:
        """Refresh a category, and show the page again."""
        data = RefreshProducts(marketplace=marketplace, category=category)
        await self.refreshes.add_refresh_job(data)
        return _back(request)

    @guard(RequireRole(OPERATOR))
    @post("/insights")
    async def digest(self, request: Request) -> Response:
        """Make the insights now, and show the page again."""
        await self.analytics.add_digest_job()
        return _back(request)


def _back(request: Request) -> Response:
    root: str = request.scope.get("root_path", "")
    return RedirectResponse(f"{root}/operations", 303)
