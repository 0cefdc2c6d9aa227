"""What is missing because nobody imports the module of the package that brings it."""

from typing import Protocol

import pytest

from hutch import App, Module
from hutch.errors import MissingProvider
from hutch.health import HealthChecks
from hutch_auth import Auth
from hutch_ratelimit import RateLimiter


class Store(Protocol): ...


class NeedsLimiter:
    def __init__(self, limiter: RateLimiter) -> None: ...


class NeedsAuth:
    def __init__(self, auth: Auth) -> None: ...


class NeedsStore:
    def __init__(self, store: Store) -> None: ...


def refusal(needy: type) -> str:
    with pytest.raises(MissingProvider) as caught:
        App(Module("shop", providers=[needy]))
    return str(caught.value)


def test_the_packages_function_is_named() -> None:
    assert refusal(NeedsLimiter) == (
        "NeedsLimiter (in shop) needs `limiter: RateLimiter`, which shop cannot see.\n"
        "  No module provides it: add hutch_ratelimit.ratelimit_module(...) "
        "to the `imports` of shop."
    )


def test_where_a_package_has_several_all_are_named() -> None:
    assert refusal(NeedsAuth).endswith(
        "  No module provides it: add hutch_auth.auth_module(...) or "
        "hutch_auth.operators_module(...) to the `imports` of shop."
    )


def test_a_class_of_ones_own_is_to_be_bound() -> None:
    assert refusal(NeedsStore).endswith(
        "  No module provides it: add Store to the `providers` of shop, "
        "as a class or as bind(Store).to(...)."
    )


def test_the_frameworks_own_functions_are_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its package exports app_module, which provides nothing.
    monkeypatch.setattr(Store, "__module__", HealthChecks.__module__)
    assert "app_module" not in refusal(NeedsStore)
