"""Verdicts: what the outcome of a call means for a publication."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from kit.platforms import (
    ContainerGone,
    FailPermanent,
    NeedsReauth,
    PauseAccount,
    PlatformError,
    ProbablyDuplicate,
    RefreshThenRetryOnce,
    RetryAfter,
    RetryBackoff,
    Unknown,
)
from kit.publishing.models import Publication
from kit.publishing.models import PublicationState as State
from kit.publishing.publications import Publications
from kit.publishing.turns import Deferred, TryLater

FIRST_LOOK = timedelta(seconds=1)
"""How long to wait for a post to be shown, at first; the pause doubles."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Moves a publication to where an outcome leads."""

    publications: Publications

    async def before_sending(
        self, publication: Publication, error: PlatformError
    ) -> Deferred | None:
        """Judge an outcome of preparing: nothing is published by this turn, whatever it was."""
        if isinstance(error, ProbablyDuplicate) and publication.attempt_id is not None:
            # An earlier turn sent it, and was wrong in taking it for lost.
            return await self._look_up(publication, None, error)
        if isinstance(error, Unknown | ProbablyDuplicate):
            error = RetryBackoff(str(error), detail=error.detail)
        return await self._judge(publication, None, error)

    async def of_sending(
        self, publication: Publication, attempt: str, error: PlatformError
    ) -> Deferred | None:
        """Judge an outcome of the call that publishes.

        Returns:
            When to try again; None where a person has to help.

        Raises:
            TryLater: The platform was not reached.
        """
        if not isinstance(error, Unknown | ProbablyDuplicate):
            return await self._judge(publication, attempt, error)
        return await self._look_up(publication, attempt, error)

    async def _look_up(
        self, publication: Publication, attempt: str | None, error: Unknown | ProbablyDuplicate
    ) -> Deferred:
        at = datetime.now(UTC) + FIRST_LOOK
        named = error.post_id if isinstance(error, ProbablyDuplicate) else None
        reason = _reason(error)
        await self.publications.unknown(publication, attempt, at, reason, duplicate_of=named)
        return Deferred(at)

    async def _judge(
        self, publication: Publication, attempt: str | None, error: PlatformError
    ) -> Deferred | None:
        reason = _reason(error)
        match error:
            case RetryBackoff():
                spoiled = isinstance(error, ContainerGone)
                await self.publications.released(publication, attempt, reason, spoiled=spoiled)
                raise TryLater(reason) from error
            case RetryAfter():
                return await self._defer(publication, attempt, error.at, reason)
            case PauseAccount():
                return await self._defer(publication, attempt, error.until, reason)
            case NeedsReauth() | RefreshThenRetryOnce():
                state = State.NEEDS_REAUTH
            case FailPermanent():
                state = State.FAILED
            case _:
                raise AssertionError(reason) from error
        _log.warning("post cannot be published", post=publication.post_id, state=state.value)
        await self.publications.failed(publication, attempt, state, reason)
        return None

    async def _defer(
        self, publication: Publication, attempt: str | None, until: datetime, reason: str
    ) -> Deferred:
        await self.publications.deferred(publication, attempt, until, reason)
        return Deferred(until)


def _reason(error: PlatformError) -> str:
    return f"{type(error).__name__}: {error}"
