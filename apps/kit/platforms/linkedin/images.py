"""Uploading images to LinkedIn: ask where to, put them there, wait until they can be shown."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from kit.platforms.api import Api, Call
from kit.platforms.http import Bearer
from kit.platforms.linkedin.wire import Image, UploadAnswer
from kit.platforms.outcomes import FailPermanent
from kit.platforms.polling import Polling


@dataclass(frozen=True, slots=True)
class Uploads:
    """Uploads images. Nobody sees them before a post shows them, so it may be repeated."""

    api: Api
    headers: dict[str, str]
    polling: Polling

    async def upload(self, token: SecretStr, owner: str, image: bytes) -> str:
        """Upload an image; return its URN.

        Raises:
            FailPermanent: LinkedIn cannot use the image.
            PlatformError: Any other outcome but ``Unknown``.
        """
        auth, body = Bearer(token), {"initializeUploadRequest": {"owner": owner}}
        call, query = Call("POST", "/rest/images"), {"action": "initializeUpload"}
        answer = await self.api.read(
            UploadAnswer, call, auth, params=query, json=body, headers=self.headers
        )
        place = answer.value
        # The address lets whoever has it upload, so no message names it.
        address = place.url.get_secret_value()
        if not _is_ours(address, self.api.base_url):
            raise FailPermanent(
                "LinkedIn gave an address that is not LinkedIn's for an image: the token does "
                "not go there."
            )
        there = Api(self.api.platform, self.api.http, address, self.api.judge)
        await there.send(Call("PUT", ""), auth, content=image)
        await self.polling.until(lambda: self._available(auth, place.image), place.image)
        return place.image

    async def _available(self, auth: Bearer, urn: str) -> bool:
        call = Call("GET", f"/rest/images/{quote(urn, safe='')}")
        status = (await self.api.read(Image, call, auth, headers=self.headers)).status
        if status == "PROCESSING_FAILED":
            raise FailPermanent(f"LinkedIn cannot use the image {urn}: choose another one.")
        return status == "AVAILABLE"


def _is_ours(address: str, base_url: str) -> bool:
    """Tell whether an address is as safe as the API's, and of the same domain."""
    try:
        given, ours = urlsplit(address), urlsplit(base_url)
        host = given.hostname or ""
    except ValueError:
        return False
    _, _, domain = (ours.hostname or "").partition(".")
    return given.scheme == ours.scheme and (
        host == ours.hostname or host.endswith(f".{domain}" if domain else "/")
    )
