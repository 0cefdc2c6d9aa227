"""Adapters to social platforms: one port, one set of outcomes."""

from kit.platforms.facebook import FacebookClient
from kit.platforms.instagram import ContainerGone, ContainerState, InstagramClient
from kit.platforms.linkedin import LinkedInClient
from kit.platforms.module import platforms_module
from kit.platforms.outcomes import (
    FailPermanent,
    NeedsReauth,
    NotFound,
    PauseAccount,
    PausePlatform,
    PlatformError,
    ProbablyDuplicate,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.platforms.port import Metrics, Platform, Post, Published, Tokens
from kit.platforms.refresh import refresh_once
from kit.platforms.refresher import Refresher, TokenStore
from kit.platforms.settings import PlatformSettings
from kit.platforms.snoozing import SnoozeWhenTold
from kit.platforms.whatsapp import (
    Connected,
    Delivery,
    DeliveryStatus,
    Echo,
    Incoming,
    InvalidSignature,
    LoggedOut,
    QrCode,
    WhatsAppClient,
    WhatsAppPairing,
    WhatsAppWebhook,
    read_events,
)
from kit.platforms.x import XClient, weighted_length

__all__ = [
    "Connected",
    "ContainerGone",
    "ContainerState",
    "Delivery",
    "DeliveryStatus",
    "Echo",
    "FacebookClient",
    "FailPermanent",
    "Incoming",
    "InstagramClient",
    "InvalidSignature",
    "LinkedInClient",
    "LoggedOut",
    "Metrics",
    "NeedsReauth",
    "NotFound",
    "PauseAccount",
    "PausePlatform",
    "Platform",
    "PlatformError",
    "PlatformSettings",
    "Post",
    "ProbablyDuplicate",
    "Published",
    "QrCode",
    "RefreshThenRetryOnce",
    "Refresher",
    "RetryAfter",
    "RetryBackoff",
    "SnoozeWhenTold",
    "TokenStore",
    "Tokens",
    "Unknown",
    "WhatsAppClient",
    "WhatsAppPairing",
    "WhatsAppWebhook",
    "XClient",
    "platforms_module",
    "read_events",
    "refresh_once",
    "weighted_length",
]
