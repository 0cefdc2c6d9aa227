"""The module that publishes an app's posts."""

from __future__ import annotations

from hutch import Module, bind
from hutch.contributions import Migrations
from hutch_database import database_module
from hutch_lock import lock_module
from kit.files import files_module
from kit.platforms import Refresher, TokenStore, platforms_module
from kit.publishing.port import Accounts
from kit.publishing.preparing import Preparer
from kit.publishing.publications import Publications
from kit.publishing.publishing import Publisher
from kit.publishing.reconciling import Reconciler
from kit.publishing.roads import Roads
from kit.publishing.settings import PublishingSettings
from kit.publishing.stuck import Stuck
from kit.publishing.tokens import AccessTokens
from kit.publishing.verdicts import Verdicts


def publishing_module(accounts: Module) -> Module:
    """Provide ``Publisher``, ``Publications``, ``Stuck`` and ``AccessTokens``.

    Args:
        accounts: The app's module that exports ``Accounts`` and ``Gate``.
    """
    return Module(
        "publishing",
        imports=[accounts, database_module(), files_module(), lock_module(), platforms_module()],
        providers=[
            PublishingSettings,
            Roads,
            bind(TokenStore).alias(Accounts),
            Refresher,
            AccessTokens,
            Publications,
            Preparer,
            Verdicts,
            Reconciler,
            Publisher,
            Stuck,
        ],
        exports=[Publisher, Publications, Stuck, AccessTokens, Roads],
        contributions=[Migrations("kit_publishing", "kit.publishing:migrations")],
    )
