"""Inboxes: which inboxes the modules of the app declare."""

from __future__ import annotations

from typing import Any

from hutch.discovery import Discovery
from hutch_pubsub.errors import InvalidInbox, UnknownInbox
from hutch_pubsub.inbox_spec import InboxSpec


class Inboxes:
    """The inboxes of the app by name."""

    def __init__(self, discovery: Discovery) -> None:
        self._discovery = discovery
        self._declared: dict[str, InboxSpec[Any]] | None = None

    def __getitem__(self, name: str) -> InboxSpec[Any]:
        """Return an inbox's spec.

        Raises:
            UnknownInbox: No module declares it; tells which ones there are.
        """
        declared = self._all()
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise UnknownInbox(
                f"no module declares the inbox {name!r}; declared: {known}. "
                "Import pubsub_module(YOUR_SPEC)."
            )
        return declared[name]

    def check(self, spec: InboxSpec[Any]) -> None:
        """Refuse a spec that no module declares.

        Raises:
            UnknownInbox: Its name is not declared.
            InvalidInbox: Its name is, with another spec.
        """
        if self[spec.name] != spec:
            raise InvalidInbox(
                f"the inbox {spec.name!r} is declared with another spec; use one constant for it."
            )

    def all(self) -> list[InboxSpec[Any]]:
        """List all specs, by name."""
        return [spec for _, spec in sorted(self._all().items())]

    def _all(self) -> dict[str, InboxSpec[Any]]:
        if self._declared is None:
            declared: dict[str, InboxSpec[Any]] = {}
            found: list[InboxSpec[Any]] = self._discovery.declared(InboxSpec)
            for spec in found:
                if declared.setdefault(spec.name, spec) != spec:
                    raise InvalidInbox(
                        f"the inbox {spec.name!r} is declared twice, differently; "
                        "use one constant for it."
                    )
            self._declared = declared
        return self._declared
