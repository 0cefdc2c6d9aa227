"""The configuration's values, by their keys. A value of a newer version may hold more."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Values(BaseModel):
    """Base of all values: fields that this version does not know are left out."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True,
        allow_inf_nan=False,
    )  # fmt: skip


class SchemaVersion(Values):
    """How the values are made up: the code says so, nobody changes it."""

    version: int = 1


class FeatureFlags(Values):
    """What the bot does; off, posts wait, or nothing is learned."""

    posting: bool = True
    learning: bool = True


class RateLimits(Values):
    """How often the bot posts, and how often it calls X."""

    posting_per_hour: int = Field(default=10, ge=1, le=10_000)
    api_per_minute: int = Field(default=60, ge=1, le=100_000)


class RedisConfig(Values):
    """What is kept in Redis."""

    recent_tweets: int = Field(default=50, ge=1, le=1_000)


class BanditPriors(Values):
    """What is believed of an arm before it was tried: Beta(alpha, beta).

    Attributes:
        baseline: The engagement that counts as success until the first tweet was learned from.
    """

    alpha: float = Field(default=1.0, gt=0, le=1_000)
    beta: float = Field(default=1.0, gt=0, le=1_000)
    baseline: float = Field(default=30.0, ge=0)


class ModelWeights(Values):
    """How the model that scores drafts is trained.

    Attributes:
        least_samples: With fewer tweets there is no model.
        most_samples: How many tweets it is trained with, the newest.
        penalty: On large weights; more makes it more careful.
    """

    least_samples: int = Field(default=30, ge=10)
    most_samples: int = Field(default=5_000, ge=10, le=100_000)
    penalty: float = Field(default=1.0, gt=0, le=1_000)


KEYS: dict[str, type[Values]] = {
    "schema_version": SchemaVersion,
    "feature_flags": FeatureFlags,
    "rate_limits": RateLimits,
    "redis_config": RedisConfig,
    "bandit_priors": BanditPriors,
    "model_weights": ModelWeights,
}
FIXED = frozenset({"schema_version"})
"""Those that only the code changes."""
NAMES = {kind: key for key, kind in KEYS.items()}
