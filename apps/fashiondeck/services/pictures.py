"""Pictures: those of the marketplaces, fetched by us, so that pages load nothing from elsewhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx2

from fashiondeck.services.products import Products
from fashiondeck.settings import FashiondeckSettings

LARGEST = 2_000_000
"""Bytes of a picture."""
PATIENCE = 10.0
"""Seconds in which a picture has to be here, whole."""
KINDS = ("image/avif", "image/gif", "image/jpeg", "image/png", "image/webp")
"""What pictures may be: nothing that can hold a script."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class PictureMissing(LookupError):
    """A product has no picture, or its marketplace does not show it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        kind: Its media type.
    """

    content: bytes = field(repr=False)
    kind: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """Fetches pictures of products."""

    products: Products
    http: httpx2.AsyncClient
    settings: FashiondeckSettings

    async def get(self, product_id: str) -> Picture:
        """Fetch the picture of a product.

        Raises:
            ProductNotFound: There is no product of this id.
            PictureMissing: It has none, at no host of the settings, or it was not given.
        """
        product = await self.products.get(product_id)
        if product.image_url is None:
            raise PictureMissing(f"The product {product_id!r} has no picture.")
        try:
            self._check(product_id, httpx2.URL(product.image_url))
            async with asyncio.timeout(PATIENCE):
                return await self._fetch(product.image_url)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            raise PictureMissing(
                f"{product.marketplace} did not give the picture of {product_id!r} "
                f"({type(error).__name__}): try again later."
            ) from error

    async def _fetch(self, url: str) -> Picture:
        async with self.http.stream("GET", url) as response:
            response.raise_for_status()
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            content = b""
            async for part in response.aiter_bytes():
                content += part
                if len(content) > LARGEST or kind not in KINDS:
                    raise httpx2.DecodingError("it is no picture that pages show")
        return Picture(content, kind)

    def _check(self, product_id: str, url: httpx2.URL) -> None:
        """Let sellers name no address that this app alone can reach."""
        secure = url.scheme == "https" or url.host in LOOPBACK
        if url.host not in self.settings.picture_hosts or not secure:
            raise PictureMissing(
                f"The picture of {product_id!r} is at none of HUTCH_FASHIONDECK__PICTURE_HOSTS, "
                "or not over https."
            )
