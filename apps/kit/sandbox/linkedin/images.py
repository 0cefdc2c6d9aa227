"""LinkedIn's image uploads."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kit.sandbox.linkedin.guard import Guard
from kit.sandbox.linkedin.refusals import checked, forbidden, invalid, not_found
from kit.sandbox.linkedin.requests import NewUpload
from kit.sandbox.linkedin.state import LinkedInState, Upload


@dataclass(frozen=True, slots=True)
class Images:
    """The endpoints of an image: initialize, put, look."""

    state: LinkedInState
    guard: Guard

    async def initialize(self, request: Request) -> Response:
        """Say where to put an image."""
        account = self.guard.holder(request)
        if dict(request.query_params) != {"action": "initializeUpload"}:
            raise invalid(["$.action: initializeUpload is the only one played here"])
        with checked():
            new = NewUpload.model_validate_json(await request.body())
        if new.request.owner != account.user_id:
            raise forbidden()
        urn, upload = f"urn:li:image:{secrets.token_hex(10)}", Upload(account)
        self.state.images[urn] = upload
        address = f"{request.base_url}linkedin/uploads/{urn}?signature={upload.secret}"
        return JSONResponse({"value": {"uploadUrl": address, "image": urn}})

    async def put(self, request: Request) -> Response:
        """Take an image; whoever has the address may put it there."""
        upload = self.state.images.get(request.path_params["urn"])
        if upload is None or request.query_params.get("signature") != upload.secret:
            raise forbidden()
        upload.size = len(await request.body())
        return Response(status_code=201)

    async def look(self, request: Request) -> Response:
        """Tell whether an image can be shown."""
        account, urn = self.guard.holder(request), request.path_params["urn"]
        upload = self.state.images.get(urn)
        if upload is None or upload.owner != account:
            raise not_found(urn)
        status = "AVAILABLE" if upload.size else "WAITING_UPLOAD"
        return JSONResponse({"id": urn, "owner": account.user_id, "status": status})
