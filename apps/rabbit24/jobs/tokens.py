"""The ``token:refresh`` queue: tokens are refreshed before they end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hutch import intercept
from hutch_queue import Queue, cron, exponential, job, processor
from kit.platforms import SnoozeWhenTold
from kit.publishing import AccessTokens, Network
from rabbit24.jobs.final import FINAL
from rabbit24.schemas import RefreshToken
from rabbit24.services.accounts import StoredAccounts

AHEAD = {network: timedelta(days=7) for network in Network} | {
    Network.TWITTER: timedelta(minutes=30)
}
"""How long before its end a token is refreshed: X's lasts two hours, the others' 60 days."""


@processor("token:refresh", concurrency=5)
@dataclass
class TokenJobs:
    """Refreshes tokens that end soon."""

    queue: Queue
    accounts: StoredAccounts
    tokens: AccessTokens

    @job(name="refresh-token", attempts=5, backoff=exponential(5), no_retry=FINAL)
    @intercept(SnoozeWhenTold)
    async def refresh(self, data: RefreshToken) -> bool:
        """Refresh a token; False where that was done since the job was made."""
        current = await self.accounts.load(data.social_account_id)
        if current.expires_at != data.expires_at:
            return False
        await self.tokens.renew(await self.accounts.get(data.social_account_id))
        return True

    @cron("*/5 * * * *", overlap=False)
    @job(name="token-sweep", attempts=1)
    async def sweep(self) -> int:
        """Enqueue the refresh of every token that ends soon; return how many."""
        now = datetime.now(UTC)
        due = await self.accounts.expiring({name: now + ahead for name, ahead in AHEAD.items()})
        for row in due:
            data = RefreshToken(
                social_account_id=row.id, platform=row.platform, expires_at=row.expires_at
            )
            await self.queue.enqueue(TokenJobs.refresh(data), key=row.id)
        return len(due)
