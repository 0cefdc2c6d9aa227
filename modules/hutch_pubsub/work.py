"""Work: which inboxes this process handles, found among the consumers of all modules."""

from __future__ import annotations

from hutch.discovery import Discovery
from hutch_pubsub.consuming import Consumers
from hutch_pubsub.desk import Desk
from hutch_pubsub.errors import InvalidInbox
from hutch_pubsub.inboxes import Inboxes


def desks(discovery: Discovery, inboxes: Inboxes) -> list[Desk]:
    """List the desks of all inboxes that have a consumer.

    Raises:
        UnknownInbox: No module declares a consumer's inbox.
        InvalidInbox: Two methods consume one inbox, or one is declared twice.
    """
    inboxes.all()  # refuses what is declared twice
    made: dict[str, Desk] = {}
    for found in discovery.marked(Consumers):
        for consuming in found.mark.methods:
            inboxes.check(consuming.spec)
            desk = Desk(consuming, found.invokers[consuming.method])
            other = made.setdefault(consuming.spec.name, desk)
            if other is not desk:
                raise InvalidInbox(
                    f"two consumers of the inbox {consuming.spec.name!r}: {other.invoke.name} and "
                    f"{desk.invoke.name}. One method takes a message; let it call the other."
                )
    return list(made.values())
