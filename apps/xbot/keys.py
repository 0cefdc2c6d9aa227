"""Every key of xBOT, spelled as its document has them; the prefix comes before each."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

from hutch_cache import Entry
from hutch_ratelimit import Counter, per_hour, per_minute
from hutch_redis import KeyClass
from hutch_session import SessionProfile
from xbot.schemas import ConfigView, Draft, ModelView, TweetData

TWEET = Entry("tweet", TweetData, ttl="24h")
RECENT = Entry("recent", list[TweetData], ttl="30m", at="tweets:recent")
CONFIG = Entry("config", ConfigView, ttl="1h", at="cache:config:{key}")
# The hour is in the name, so no profile changes it.
DRAFT = Entry("draft", Draft, ttl="1h", at="temp:draft:{id}:1h")

WEIGHTS = Entry("weights", ModelView | None, ttl=None, at="model:weights:v1")
ACCURACY = Entry("accuracy", float, ttl=None, at="model:performance:accuracy")
TRAINED = Entry("trained", datetime, ttl=None, at="model:training:last_update")
BASELINE = Entry("baseline", float, ttl=None, at="learn:performance_baseline")

CACHED = (TWEET, RECENT, CONFIG, DRAFT, WEIGHTS, ACCURACY, TRAINED, BASELINE)

SESSION = SessionProfile(
    "default",
    lifetime=timedelta(hours=24),
    remembered=timedelta(hours=24),
    key="temp:session:{id}:24h",
)

POSTING_LOCK = ("lock", "posting_in_progress")
SYNC_LOCK = ("lock", "sync_in_progress")
LEARN_LOCK = ("learn", "processing_lock")

LAST_INGEST = ("learn", "last_ingest")
TALLIED = ("bandit:*", "learn:last_ingest")
"""How the names of counters and of their mark look."""

CLASSES = (
    KeyClass("rate_limit:*", "short"),
    KeyClass("cache:config:*", "medium"),
    KeyClass("cache:tweet:*", "long"),
    KeyClass("tweets:recent", "medium"),
    KeyClass("temp:draft:*", "medium"),
    KeyClass("temp:session:*", "medium"),
    KeyClass("model:*", "none"),
    KeyClass("learn:performance_baseline", "none"),
)
"""How long each kind may live at most, for the audit; staging and the cache's jitter included."""


LONGEST = 400
"""How long a name may be in a key, where each Chinese character of a tag is nine."""


def arm(kind: str, name: str | int, outcome: str) -> tuple[str, ...]:
    """Name the counter of an arm's successes (``alpha``) or failures (``beta``)."""
    return ("bandit", kind, _short(str(name)), outcome)


def posts_this_hour(most: int) -> Counter:
    """Name the counter of this hour's posts; while it cannot be read none is sent."""
    return per_hour(most, away="closed").at("rate_limit", "posting")


def calls_this_minute(most: int) -> Counter:
    """Name the counter of this minute's calls of X's API."""
    return per_minute(most, away="closed").at("rate_limit", "api")


def _short(name: str) -> str:
    """Put a hash in the place of a name that no key has room for."""
    return name if len(quote(name)) <= LONGEST else sha256(name.encode()).hexdigest()
