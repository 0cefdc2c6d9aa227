"""Publishing: bring posts to social networks exactly once, for any app."""

from kit.publishing.errors import PublicationNotFound
from kit.publishing.models import Publication, PublicationState
from kit.publishing.module import publishing_module
from kit.publishing.port import Account, Accounts, Gate, Network, Outgoing
from kit.publishing.publications import Publications
from kit.publishing.publishing import Publisher
from kit.publishing.roads import Roads
from kit.publishing.settings import PublishingSettings
from kit.publishing.stuck import Stuck
from kit.publishing.tokens import AccessTokens
from kit.publishing.turns import Deferred, TryLater

__all__ = [
    "AccessTokens",
    "Account",
    "Accounts",
    "Deferred",
    "Gate",
    "Network",
    "Outgoing",
    "Publication",
    "PublicationNotFound",
    "PublicationState",
    "Publications",
    "Publisher",
    "PublishingSettings",
    "Roads",
    "Stuck",
    "TryLater",
    "publishing_module",
]
