import pytest

from kit.platforms import weighted_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Hello", 5),
        ("ÄÖÜ", 3),
        ("A\u0308", 1),  # composed before it is counted
        ("\u10ff\u1100", 3),  # the last light code point and the first heavy one
        ("\u1fff\u2000", 3),
        ("\u200d\u200e", 3),
        ("\u201f\u2020", 3),
        ("\u2037\u2038", 3),
        ("漢字", 4),
        ("ひらがな", 8),
        ("한국어", 6),
        ("“quoted” \u2013 and…", 16),  # the ellipsis is a heavy one
        ("😀", 2),
        ("❤️", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇩🇪", 2),
        ("3️⃣", 2),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 2),
        ("http://a.b", 23),
        ("https://example.com/" + "long/" * 50, 23),
        ("see https://example.com.", 4 + 23 + 1),
        ("(https://example.com/a)", 25),
        ("https://example.com/a https://example.com/b", 47),
        ("https:// is no link", 19),
    ],
)
def test_length_as_x_counts_it(text: str, length: int):
    assert weighted_length(text) == length
