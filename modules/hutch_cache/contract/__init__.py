"""The contract of every backend, as tests that a backend's own suite inherits.

``class TestMine(CacheContract)`` with a fixture ``store`` that returns an empty ``Store``.
Needs pytest-asyncio's auto mode.
"""

from __future__ import annotations

from hutch_cache.contract.loads import LoadContract
from hutch_cache.contract.values import ValueContract


class CacheContract(ValueContract, LoadContract):
    """What every backend does."""


__all__ = ["CacheContract"]
