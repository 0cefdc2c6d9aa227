"""The life of the Redis data, by name.

Who loses Redis loses the pauses too. So contacts are enabled for one life of that data: is
the name gone, there is a new one, and nobody is enabled until a person says so again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from hutch_lock import Once
from secondme.keys import EPOCH

LONG = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Epoch:
    """Knows the name of this life."""

    once: Once

    async def current(self) -> str:
        """Return it, and make one where there is none.

        Raises:
            LockError: Redis does not answer, or another process is making one.
        """
        return await self.once.run(EPOCH, _new, keep=LONG, returns=str)


async def _new() -> str:
    return secrets.token_hex(8)
