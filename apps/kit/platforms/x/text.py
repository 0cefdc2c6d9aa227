"""How X counts a post's length.

Source: the configuration v3 of X's library ``twitter-text``. The text is counted
in Unicode's composed form (NFC). A code point of the Latin-like ranges counts 1,
any other 2, such as Chinese, Japanese and Korean; an emoji counts 2 however many
code points it is made of; a URL counts 23 however long it is.

Simpler than X: a URL is what begins with ``http://`` or ``https://``. X also finds
bare names such as ``example.com``; for those it has the last word.
"""

from __future__ import annotations

import re
import unicodedata

LIMIT = 280
URL_LENGTH = 23
URL = re.compile(r"https?://[^\s<>\"]*[\w/#=&%~+-]")
_LIGHT = (range(0x1100), range(0x2000, 0x200E), range(0x2010, 0x2020), range(0x2032, 0x2038))
_PICTURE = (
    "[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf"
    "\u2934-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
)
_EMOJI = re.compile(
    f"[0-9#*]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTURE}(?:\u200d{_PICTURE})*"
)


def weighted_length(text: str) -> int:
    """Count a post's length as X does; at most ``LIMIT`` is accepted."""
    composed = unicodedata.normalize("NFC", text)
    without_urls, urls = URL.subn("", composed)
    plain, emoji = _EMOJI.subn("", without_urls)
    return urls * URL_LENGTH + emoji * 2 + sum(_weight(character) for character in plain)


def _weight(character: str) -> int:
    return 1 if any(ord(character) in light for light in _LIGHT) else 2
