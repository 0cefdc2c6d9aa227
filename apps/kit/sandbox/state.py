"""All that the sandbox remembers, until it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from kit.sandbox.accounts import Accounts
from kit.sandbox.ebay import EbayState
from kit.sandbox.facebook import FacebookState
from kit.sandbox.faults import Faults, PlatformName
from kit.sandbox.instagram import InstagramState
from kit.sandbox.linkedin import LinkedInState
from kit.sandbox.openai import OpenAiState
from kit.sandbox.whatsapp import WhatsAppState
from kit.sandbox.world import World
from kit.sandbox.x import XState


class Shown(Protocol):
    """What the page shows."""

    def plain(self) -> dict[str, Any]:
        """Tell it in plain JSON."""
        ...


@dataclass(frozen=True, slots=True)
class SandboxState:
    """The platforms' states and the faults ordered."""

    x: XState = field(default_factory=XState)
    linkedin: LinkedInState = field(default_factory=LinkedInState)
    facebook: FacebookState = field(default_factory=FacebookState)
    instagram: InstagramState = field(default_factory=InstagramState)
    whatsapp: WhatsAppState = field(default_factory=WhatsAppState)
    ebay: EbayState = field(default_factory=EbayState)
    openai: OpenAiState = field(default_factory=OpenAiState)
    faults: Faults = field(default_factory=Faults)
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        """Let all platforms lie in one world."""
        for platform in (self.x, self.linkedin, self.facebook, self.instagram):
            platform.posts.world = self.world
        self.ebay.world = self.world

    @property
    def social(self) -> dict[PlatformName, Accounts]:
        """The accounts of each platform on which somebody posts."""
        return {
            PlatformName.X: self.x.accounts,
            PlatformName.LINKEDIN: self.linkedin.accounts,
            PlatformName.FACEBOOK: self.facebook.accounts,
            PlatformName.INSTAGRAM: self.instagram.accounts,
            PlatformName.WHATSAPP: self.whatsapp.accounts,
        }

    def shown(self) -> dict[str, Any]:
        """How each platform stands: what was posted, newest first, without any token.

        Every one tells its ``posts`` and ``faults``, the kinds still to come; WhatsApp its
        ``sessions`` and whether it has a ``webhook`` too, eBay and the models what they count.
        """
        posted: dict[PlatformName, Sequence[Shown]] = {
            PlatformName.X: self.x.posts.all(),
            PlatformName.LINKEDIN: self.linkedin.posts.all(),
            PlatformName.FACEBOOK: self.facebook.posts.all(),
            PlatformName.INSTAGRAM: self.instagram.posts.all(),
            PlatformName.WHATSAPP: self.whatsapp.messages[::-1],
        }
        told: dict[str, dict[str, Any]] = {
            name: {
                "posts": [post.plain() for post in posts],
                "accounts": [account.plain() for account in self.social[name].by_id.values()],
            }
            for name, posts in posted.items()
        }
        told[PlatformName.WHATSAPP] |= self.whatsapp.plain()
        told |= {PlatformName.EBAY: self.ebay.plain(), PlatformName.OPENAI: self.openai.plain()}
        return {name: one | {"faults": self.faults.waiting(name)} for name, one in told.items()}
