import time
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Secret, SecretBytes, SecretStr, ValidationError

from hutch.redaction import hide_in_text, is_sensitive, redact


class Order(BaseModel):
    id: int
    email: str


@dataclass
class Account:
    id: int
    password: str


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "DB_PASSWORD",
        "X-Api-Key",
        "accessToken",
        "refresh_tokens",
        "emails",
        "refresh_token",
        "Set-Cookie",
        "Authorization",
        "client_secret",
        "content",
        "post_content",
        "email",
    ],
)
def test_sensitive_keys(key: str) -> None:
    assert is_sensitive(key)


@pytest.mark.parametrize("key", ["token_limit", "content_type", "job_id", "key", "attempt", ""])
def test_other_keys(key: str) -> None:
    assert not is_sensitive(key)


def test_further_words() -> None:
    assert is_sensitive("customerIban", frozenset({"iban"}))
    assert not is_sensitive("customerIban")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:pw@host:6379/0", "redis://***@host:6379/0"),
        ("to postgresql+asyncpg://me:p%40w@h/db now", "to postgresql+asyncpg://***@h/db now"),
        ("redis://:p@w@host", "redis://***@host"),
        ("redis://:p/w@host", "redis://***@host"),
        ("redis://:p@/w@host", "redis://***@host"),
        ("redis://token@host", "redis://***@host"),
        ("redis://a:1@x and redis://b:2@y", "redis://***@x and redis://***@y"),
        ("https://host:8080/@someone", "https://host:8080/@someone"),
        ("https://host/path?x=1", "https://host/path?x=1"),
        ("GET /cb?access_token=abc&x=1", "GET /cb?access_token=***&x=1"),
        ("/login?x=1&password=a b", "/login?x=1&password=*** b"),
    ],
)
def test_credentials_in_text(text: str, shown: str) -> None:
    assert hide_in_text(text) == shown


def test_a_validation_error_does_not_quote_its_input() -> None:
    with pytest.raises(ValidationError) as caught:
        Order.model_validate({"id": "hush, input", "email": 3})
    text = str(caught.value)
    assert "hush" in text
    assert "hush" not in hide_in_text(text)
    assert "input_value=***, input_type=str" in hide_in_text(text)


def test_values_are_walked() -> None:
    value = {
        "id": 1,
        "headers": {"Authorization": "Bearer x", "Accept": "*/*"},
        "list": [SecretStr("x"), SecretBytes(b"x"), Secret[int](1), {"token": "x"}, None],
        "order": Order(id=1, email="a@b"),
        "account": Account(1, "x"),
        "infinite": float("inf"),
    }
    assert redact(value) == {
        "id": 1,
        "headers": {"Authorization": "***", "Accept": "*/*"},
        "list": ["***", "***", "***", {"token": "***"}, None],
        "order": {"id": 1, "email": "***"},
        "account": {"id": 1, "password": "***"},
        "infinite": "inf",
    }


def test_what_is_too_deep_is_hidden() -> None:
    value: Any = "deep"
    for _ in range(50):
        value = [value]
    assert "deep" not in str(redact(value))


@given(st.text("aZ0!$%^&*()_+=@/:-?#", max_size=40))
def test_no_password_survives(password: str) -> None:
    marked = f"hush{password}hush"
    assert "hush" not in hide_in_text(f"redis://user:{marked}@host:6379/0")


@pytest.mark.parametrize("text", ["://" * 20_000, "://a:" * 20_000, "a" * 100_000, "?a" * 50_000])
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.perf_counter()
    hide_in_text(text + "=")
    assert time.perf_counter() - start < 1
