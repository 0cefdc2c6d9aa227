"""Passwords: what may be one, and how it is kept."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from hutch_auth.errors import InvalidUser
from hutch_auth.settings import AuthSettings

T = TypeVar("T")

LEAST_PASSWORD = 12
"""The fewest characters of a password."""
MOST_PASSWORD = 512
"""The most bytes of a password, in UTF-8."""
AT_ONCE = 2
"""How many passwords are hashed at once; others wait, so that logins do not eat the memory."""

_SALT, _HASH = 16, 32


def find_password(password: str) -> bytes | None:
    """Return the bytes of what was typed, None where it is no user's password.

    The same characters typed on another keyboard are the same bytes: NFKC, as NIST SP 800-63B,
    section 3.1.1.2, recommends. The length is looked at before anything is done with it.
    """
    if not 0 < len(password) <= MOST_PASSWORD:
        return None
    try:
        typed = unicodedata.normalize("NFKC", password).encode("utf-8")
    except UnicodeEncodeError:
        return None
    return typed if len(typed) <= MOST_PASSWORD else None


def check_password(password: str) -> bytes:
    """Return the bytes of a new password.

    Raises:
        InvalidUser: It is too short, too long or no text; the message does not repeat it.
    """
    typed = find_password(password)
    if typed is None or len(typed.decode("utf-8")) < LEAST_PASSWORD:
        raise InvalidUser(
            f"the password must be text of at least {LEAST_PASSWORD} characters and at most "
            f"{MOST_PASSWORD} bytes; a few words in a row are a good one."
        )
    return typed


class Passwords:
    """Hashes passwords by Argon2id, in threads of its own.

    Source: RFC 9106; the defaults of the settings are its second recommended option.
    """

    def __init__(self, settings: AuthSettings, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._hasher = PasswordHasher(
            time_cost=settings.hash_rounds,
            memory_cost=int(settings.hash_memory) // 1024,
            parallelism=settings.hash_lanes,
            hash_len=_HASH,
            salt_len=_SALT,
        )
        self._nobodys = _random_hash(self._hasher)

    async def hash(self, password: bytes) -> str:
        """Hash a password, with a salt of its own."""
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def matches(self, stored: str | None, password: bytes) -> bool:
        """Tell whether a stored hash is this password's.

        Args:
            stored: None where there is no such user: the answer is no, after the same work.
            password: What was typed.
        """
        known = self._nobodys if stored is None else stored
        matches = await self._in_thread(lambda: self._verify(known, password))
        return matches and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with other settings than those of now."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except VerificationError:
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


async def open_passwords(settings: AuthSettings) -> AsyncIterator[Passwords]:
    """Keep the threads as long as the app runs."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords") as threads:
        yield Passwords(settings, threads)


def _random_hash(hasher: PasswordHasher) -> str:
    """Write a hash that no password has, as costly to check as a real one."""
    salt, digest = (
        b64encode(secrets.token_bytes(size)).decode("ascii").rstrip("=") for size in (_SALT, _HASH)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"
