"""What Instagram's own subcodes mean.

Source: Instagram platform, content publishing, error codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from kit.platforms.graph.rules import (
    Refused,
    Rule,
    after,
    blocked,
    busy,
    judge,
    permanent,
    transient,
)
from kit.platforms.outcomes import ProbablyDuplicate, RetryBackoff, Unknown


class ContainerGone(RetryBackoff):
    """A container cannot be published (any more): make a new one. Nothing was published."""


def gone(refused: Refused) -> ContainerGone:
    """The container has ended or failed."""
    return ContainerGone(f"{refused.said}: make a new container.", detail=refused.detail)


SUBCODES: Mapping[int, Rule] = {
    2207027: busy,  # not processed yet
    2207042: after(timedelta(hours=1)),  # the cap of 24 hours, which roll
    2207001: transient,
    2207003: busy,  # the media could not be fetched in time
    **dict.fromkeys((2207008, 2207020, 2207032, 2207053), gone),
    **dict.fromkeys((2207004, 2207005, 2207009, 2207010, 2207026), permanent),
    2207050: blocked,
}

JUDGE = judge("Instagram", subcodes=SUBCODES)


def published_already(container: str) -> ProbablyDuplicate:
    """Another call has published the container, or an earlier one whose answer was lost."""
    return ProbablyDuplicate(f"The container {container} is published already: look it up.")


def unclear(container: str) -> Unknown:
    """The container is gone, and it does not tell why."""
    return Unknown(
        f"The container {container} is gone and may have been published before: look it up."
    )
