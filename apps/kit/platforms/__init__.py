"""Adapters to social platforms: one port, one set of outcomes."""

from kit.platforms.module import platforms_module
from kit.platforms.outcomes import (
    FailPermanent,
    NeedsReauth,
    PauseAccount,
    PlatformError,
    ProbablyDuplicate,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.platforms.port import Platform, Post, Published, Tokens
from kit.platforms.refresh import refresh_once
from kit.platforms.settings import PlatformSettings
from kit.platforms.x import XClient, weighted_length

__all__ = [
    "FailPermanent",
    "NeedsReauth",
    "PauseAccount",
    "Platform",
    "PlatformError",
    "PlatformSettings",
    "Post",
    "ProbablyDuplicate",
    "Published",
    "RefreshThenRetryOnce",
    "RetryAfter",
    "RetryBackoff",
    "Tokens",
    "Unknown",
    "XClient",
    "platforms_module",
    "refresh_once",
    "weighted_length",
]
