"""Every channel, cache key and limit of rabbit24, spelled as its document has them."""

from __future__ import annotations

from datetime import timedelta

from hutch_cache import Entry
from hutch_pubsub import Channel
from hutch_ratelimit import Counter, Limits, per_day
from kit.publishing import Network
from rabbit24.kept import BrandConfig, PlatformStatus
from rabbit24.schemas import (
    JobCompleted,
    JobFailed,
    Maintenance,
    Measured,
    PostPublished,
)

JOBS_COMPLETED = Channel("jobs:completed:{user_id}", JobCompleted)
JOBS_FAILED = Channel("jobs:failed:{user_id}", JobFailed)
POSTS_PUBLISHED = Channel("posts:published:{brand_profile_id}", PostPublished)
ANALYTICS_UPDATED = Channel("analytics:updated:{post_id}", Measured)
MAINTENANCE = Channel("system:maintenance", Maintenance)

BRAND = Entry("brand", BrandConfig, ttl="1h")
ACCOUNT_VALID = Entry("account", bool, ttl="5m", at="cache:account:{id}:valid")
PLATFORM_STATUS = Entry("platform", PlatformStatus, ttl="1m", at="cache:platform:{name}:status")
CREDITS = Entry("user", int, ttl="1m", at="cache:user:{id}:credits")

BEAT = timedelta(seconds=10)
"""How often workers and queues are told of; what is told lasts three times as long."""
HEARTBEAT = Entry("worker", int, ttl=3 * BEAT, at="health:worker:{id}:heartbeat")
DEPTH = Entry("queue", int, ttl=3 * BEAT, at="health:queue:{name}:depth")

CACHED = (BRAND, ACCOUNT_VALID, PLATFORM_STATUS, CREDITS, HEARTBEAT, DEPTH)

DAILY = {
    "twitter": per_day(50),
    "linkedin": per_day(100),
    "facebook": per_day(50),
    "instagram": per_day(25),
}
"""Posts a day, by network."""


def posts_today(limits: Limits, brand_profile_id: str, network: Network) -> Counter:
    """Name the counter of a brand's posts on a network today.

    Raises:
        UnknownLimit: The network has no limit; it is never taken as unlimited.
    """
    name = network.lower()
    return limits[name].at("ratelimit", brand_profile_id, name)
