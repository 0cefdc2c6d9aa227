"""What Instagram's own subcodes mean.

Source: Instagram platform, content publishing, error codes.
"""

from __future__ import annotations

import re
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
from kit.platforms.instagram.container import Container, ContainerState
from kit.platforms.outcomes import (
    FailPermanent,
    PlatformError,
    ProbablyDuplicate,
    RetryBackoff,
    Unknown,
)


class ContainerGone(RetryBackoff):
    """A container cannot be published (any more): make a new one. Nothing was published."""


def gone(refused: Refused) -> ContainerGone:
    """The container has ended or failed."""
    return ContainerGone(f"{refused.said}: make a new container.", detail=refused.detail)


SUBCODES: Mapping[int, Rule] = {
    2207027: busy,  # not processed yet
    2207042: after(timedelta(hours=1)),  # the cap of 24 hours, which roll
    2207001: transient,
    **dict.fromkeys((2207003, 2207052), busy),  # the media could not be fetched (in time)
    **dict.fromkeys((2207008, 2207020, 2207032, 2207053), gone),
    **dict.fromkeys((2207004, 2207005, 2207009, 2207010, 2207026), permanent),
    2207050: blocked,
}

JUDGE = judge("Instagram", subcodes=SUBCODES)

_SUBCODE = re.compile(r"\b22\d{5}\b")


def ended(container: str, found: Container) -> PlatformError | None:
    """Judge a container: None while it is worked on or can be published."""
    match found.status_code:
        case ContainerState.EXPIRED:
            return ContainerGone(f"The container {container} has ended: make a new one.")
        case ContainerState.ERROR:
            return _failed(container, found.status)
        case ContainerState.PUBLISHED:
            return published_already(container)
        case _:
            return None


def _failed(container: str, status: str) -> PlatformError:
    """Judge a container that has failed, by the subcode in what its status says to people."""
    named = _SUBCODE.search(status)
    code = named[0] if named else "no code"
    if named and SUBCODES.get(int(code)) in (transient, busy, gone):
        said = f"The container {container} has failed ({code}): make a new one."
        return ContainerGone(said, detail=status)
    said = f"Instagram cannot use the media of the container {container} ({code})."
    return FailPermanent(said, detail=status)


def published_already(container: str) -> ProbablyDuplicate:
    """Another call has published the container, or an earlier one whose answer was lost."""
    return ProbablyDuplicate(f"The container {container} is published already: look it up.")


def unclear(container: str) -> Unknown:
    """The container is gone, and it does not tell why."""
    return Unknown(
        f"The container {container} is gone and may have been published before: look it up."
    )
