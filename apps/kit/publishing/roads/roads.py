"""Which road leads to which network."""

from __future__ import annotations

from pydantic import SecretStr

from kit.files import Files
from kit.platforms import (
    FacebookClient,
    InstagramClient,
    LinkedInClient,
    XClient,
    weighted_length,
)
from kit.platforms.facebook import client as on_facebook
from kit.platforms.linkedin import client as on_linkedin
from kit.platforms.x import client as on_x
from kit.publishing.port import Account, Network
from kit.publishing.roads.container import ByContainer
from kit.publishing.roads.direct import Direct
from kit.publishing.roads.media import Media
from kit.publishing.roads.road import Road


class Roads:
    """The roads to all networks."""

    def __init__(
        self,
        x: XClient,
        linkedin: LinkedInClient,
        facebook: FacebookClient,
        instagram: InstagramClient,
        files: Files,
    ) -> None:
        media = Media(files)

        async def to_x(token: SecretStr, _: Account, name: str) -> str:
            return await x.upload_image(token, await media.read(name))

        async def to_linkedin(token: SecretStr, account: Account, name: str) -> str:
            return await linkedin.upload_image(token, account.user_id, await media.read(name))

        async def to_facebook(token: SecretStr, account: Account, name: str) -> str:
            return await facebook.upload_photo(token, account.user_id, await media.url(name))

        self._roads: dict[Network, Road] = {
            Network.TWITTER: Direct(x, on_x.LIMITS, to_x, count=weighted_length),
            Network.LINKEDIN: Direct(linkedin, on_linkedin.LIMITS, to_linkedin, linkedin.post),
            Network.FACEBOOK: Direct(facebook, on_facebook.LIMITS, to_facebook),
            Network.INSTAGRAM: ByContainer(instagram, media),
        }

    def of(self, network: Network) -> Road:
        """Return the road to a network."""
        return self._roads[network]
