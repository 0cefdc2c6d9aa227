"""The module: the vault for everybody who imports it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache

from hutch.binding import bind
from hutch.contributions import Command, Health
from hutch.module import Module
from hutch.settings import CoreSettings
from hutch_vault.opening import open_vault, probe
from hutch_vault.settings import VaultSettings
from hutch_vault.vault import Vault


async def _opened(settings: VaultSettings, core: CoreSettings) -> AsyncIterator[Vault]:
    yield open_vault(settings, core)


@cache
def vault_module() -> Module:
    """Return the module that gives its importers the ``Vault``; always the same one."""
    return Module(
        "vault",
        # Opened, not made: to be looked at by the health check is no reason to need keys.
        providers=[VaultSettings, bind(Vault).open(_opened)],
        exports=[Vault],
        contributions=[
            Health("vault", probe),
            Command("vault", "hutch_vault.cli:app", "Make keys that encrypt."),
        ],
    )
