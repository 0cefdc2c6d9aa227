from datetime import UTC, datetime

import pytest

from kit.platforms import Post


def post(text: str) -> Post:
    return Post("1", "https://x.com/i/web/status/1", datetime.now(UTC), text)


@pytest.mark.parametrize(
    ("shown", "sent"),
    [
        ("Hello", "Hello"),
        (" Hello\n\nworld ", "Hello world"),
        ("A\u0308rger", "Ärger"),
        ("see http://example.com", "see example.com"),
        ("see https://example.com/", "see https://example.com"),
    ],
)
def test_a_post_says_what_was_sent(shown: str, sent: str):
    assert post(shown).says(sent)


@pytest.mark.parametrize(
    ("shown", "sent"), [("Hello", "hello"), ("Hello", "Hello!"), ("https://a.b/c", "https://a.b/d")]
)
def test_a_post_does_not_say_something_else(shown: str, sent: str):
    assert not post(shown).says(sent)


def test_the_text_of_a_post_stays_out_of_its_representation():
    assert "private" not in repr(post("private words"))
