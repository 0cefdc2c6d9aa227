"""Materials over HTTP: upload a picture or video, look at it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hutch import Inject
from hutch.http import Path, Query, body_up_to, controller, get, guard, post
from hutch_auth import CurrentUser, LoggedIn
from hutch_queue import QueueUnavailable
from hutch_ratelimit import RequestLimit, per_minute
from kit.files import Files
from rabbit24.jobs.content import ContentJobs
from rabbit24.models import Material
from rabbit24.schemas import ID
from rabbit24.services.brands import Brands
from rabbit24.services.materials import LARGEST, Materials
from rabbit24.views import MaterialView

HARMLESS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, max-age=3600",
}
MaterialId = Annotated[str, Path(pattern=ID)]


class Uploads(RequestLimit):
    """How often one address may upload a file."""

    name = "upload"
    limits = (per_minute(60),)


@guard(LoggedIn)
@controller("/api/materials")
@dataclass
class MaterialsController:
    """A brand's pictures and videos."""

    content: ContentJobs
    brands: Brands
    materials: Materials
    files: Files

    @post("/", status=201)
    @guard(Uploads)
    async def upload(
        self,
        request: Request,
        user: Inject[CurrentUser],
        brand_profile_id: Annotated[str, Query(alias="brandProfileId", pattern=ID)],
    ) -> MaterialView:
        """Take a file as the body: PNG, JPEG, WebP or MP4, up to 5 MB."""
        await self.brands.of_user(user, brand_profile_id)
        material = await self.materials.add(brand_profile_id, await body_up_to(request, LARGEST))
        # Without the queue the sweep does it later.
        with suppress(QueueUnavailable):
            await self.content.enqueue(material, user.id)
        return MaterialView.of(material)

    @get("/{material_id}")
    async def read(self, material_id: MaterialId, user: Inject[CurrentUser]) -> MaterialView:
        """Read what the analysis found."""
        return MaterialView.of(await self._mine(user, material_id))

    @get("/{material_id}/file")
    async def file(self, material_id: MaterialId, user: Inject[CurrentUser]) -> Response:
        """Lead to the file, under an address that lasts for an hour."""
        material = await self._mine(user, material_id)
        return RedirectResponse(await self.files.url(material.file), 303)

    @get("/{material_id}/thumbnail")
    async def thumbnail(self, material_id: MaterialId, user: Inject[CurrentUser]) -> Response:
        """Show a small WebP of a picture; what an id stands for never changes."""
        small = await self.materials.thumbnail(await self._mine(user, material_id))
        return Response(small, headers=HARMLESS, media_type="image/webp")

    async def _mine(self, user: CurrentUser, material_id: str) -> Material:
        material = await self.materials.get(material_id)
        await self.brands.of_user(user, material.brand_profile_id, f"material {material_id!r}")
        return material
