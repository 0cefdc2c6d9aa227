"""Names: a topic as its channel is called on the server."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from hutch_pubsub.channel import Topic
from hutch_pubsub.errors import InvalidChannel
from hutch_redis import InvalidKey, Keys


class Names:
    """Write topics under the app's prefix; no text from outside can act as a pattern.

    Attributes:
        name: ``name(topic)`` writes a topic; where a part is open it is a pattern with ``*`` in
            its place. Raises InvalidChannel where a part has a control character or is too long.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        # Escaping costs more than all else that publishing does here.
        self.name = lru_cache(maxsize=1024)(self._name)

    def _name(self, topic: Topic[Any]) -> str:
        prefix = self.keys.prefix
        try:
            if not topic.is_open:
                return self.keys.key(*(part or "" for part in topic.parts))
            parts = (
                "*" if part is None else self.keys.key(part)[len(prefix) :] for part in topic.parts
            )
            return prefix + ":".join(parts)
        except InvalidKey as error:
            raise InvalidChannel(f"{topic.channel.template}: {error}") from None

    def history(self, topic: Topic[Any]) -> str:
        """Write the key under which a topic's history is kept."""
        return self.keys.key("history", *(part or "" for part in topic.parts))

    def scope(self, topic: Topic[Any], name: str) -> dict[str, str]:
        """Read the scope of a topic, or of one of those that an open one stands for."""
        if not topic.is_open:
            return {key: part or "" for key, part in topic.scope.items()}
        found = map(unquote, name[len(self.keys.prefix) :].split(":"))
        parts = zip(topic.channel.template.split(":"), found, strict=True)
        return {part[1:-1]: value for part, value in parts if part.startswith("{")}


def is_pattern(name: str) -> bool:
    """Tell whether a name stands for several."""
    return "*" in name


def covers(pattern: str, name: str) -> bool:
    """Tell whether a name has as many parts as the pattern: ``*`` also matches a colon."""
    return pattern.count(":") == name.count(":")
