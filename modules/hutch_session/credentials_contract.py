"""The contract of credentials."""

from __future__ import annotations

from datetime import timedelta

from hutch_session.errors import InvalidSession, SessionTooLarge
from hutch_session.lab import DAY, HOUR, CredentialLab, error_of


class CredentialsContract:
    """What every backend does."""

    async def test_a_credential_is_kept_for_a_day(self, lab: CredentialLab) -> None:
        stored = await lab.credentials.store("user-1", "swordfish")
        assert stored.token == "swordfish"  # noqa: S105
        assert stored.expires - stored.connected == timedelta(hours=24)
        lab.forward(DAY - 1)
        assert await lab.credentials.of("user-1") == stored
        lab.forward(1)
        assert await lab.credentials.of("user-1") is None
        assert not await lab.credentials.remove("user-1")

    async def test_a_user_has_one(self, lab: CredentialLab) -> None:
        await lab.credentials.store("user-1", "first")
        await lab.credentials.store("user-2", "other")
        lab.forward(HOUR)
        second = await lab.credentials.store("user-1", "second")
        lab.forward(23 * HOUR)
        assert await lab.credentials.of("user-1") == second
        assert await lab.credentials.of("user-2") is None

    async def test_one_is_removed(self, lab: CredentialLab) -> None:
        await lab.credentials.store("user-1", "swordfish")
        assert await lab.credentials.remove("user-1")
        assert not await lab.credentials.remove("user-1")
        assert await lab.credentials.of("user-1") is None

    async def test_what_is_refused_is_not_stored(self, lab: CredentialLab) -> None:
        for user in ("", "x" * 10_000):
            message = await error_of(InvalidSession, lab.credentials.store(user, "swordfish"))
            assert message.startswith("session user: ")
        for user in ("a\nb", "\U0001f430" * 100):
            message = await error_of(InvalidSession, lab.credentials.store(user, "swordfish"))
            assert message.startswith("credential: the user's id cannot stand in a key")
        message = await error_of(InvalidSession, lab.credentials.store("user-1", ""))
        assert message.startswith("credential: the token is empty")
        await error_of(SessionTooLarge, lab.credentials.store("user-1", "x" * 70_000))
        assert await lab.credentials.of("user-1") is None

    async def test_no_token_is_in_a_repr(self, lab: CredentialLab) -> None:
        assert "swordfish" not in repr(await lab.credentials.store("user-1", "swordfish"))
