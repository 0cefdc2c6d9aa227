"""Products over HTTP: one product, its picture, and its own refresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from starlette.responses import Response

from fashiondeck.jobs.producers import ProductRefreshProducer
from fashiondeck.schemas import Enqueued, ProductView
from fashiondeck.services.pictures import Pictures
from fashiondeck.services.products import Products
from hutch.http import Path, controller, get, guard, post
from hutch_auth import OPERATOR, RequireRole
from hutch_ratelimit import RequestLimit, fixed_window

ProductId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
HARMLESS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "public, max-age=86400",
}


@controller("/api/products")
@dataclass
class ProductsController:
    """Products, one by one."""

    products: Products
    producer: ProductRefreshProducer

    @get("/{product_id}")
    async def read(self, product_id: ProductId) -> ProductView:
        """Read a product as it was seen last."""
        return ProductView.of(await self.products.get(product_id))

    @guard(RequireRole(OPERATOR))
    @post("/{product_id}/refresh", status=202)
    async def refresh(self, product_id: ProductId) -> Enqueued:
        """Look a product up at its marketplace: its price, and how many there are."""
        return Enqueued.of(await self.producer.add_product_job(product_id))


class PictureLimit(RequestLimit):
    """What one client may look at: each picture is a call of the marketplace's servers."""

    name = "pictures"
    limits = (fixed_window(600, timedelta(minutes=1), away="local"),)


@guard(PictureLimit)
@controller("/pictures")
@dataclass
class PicturesController:
    """Pictures of products, as their marketplaces show them."""

    pictures: Pictures

    @get("/{product_id}")
    async def show(self, product_id: ProductId) -> Response:
        """Show the picture of a product."""
        picture = await self.pictures.get(product_id)
        return Response(picture.content, headers=HARMLESS, media_type=picture.kind)
