"""The webhook by which Meta tells what happens on WhatsApp: who may call it.

Source: Graph API, webhooks: the verification request, and ``X-Hub-Signature-256``, the
HMAC of the body as it came.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from kit.platforms.settings import PlatformSettings

_SCHEME = "sha256="


class InvalidSignature(Exception):
    """A call of the webhook is not signed by Meta; answer 401 and look no further."""


@dataclass(frozen=True, slots=True)
class WhatsAppWebhook:
    """Knows whether a call of the webhook comes from Meta.

    Raises:
        ValueError: A method is used whose secret the settings lack.
    """

    settings: PlatformSettings = field(repr=False)

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """Answer the verification of the webhook's address.

        Returns:
            What to answer with 200, or None: answer 403.
        """
        token = _required(self.settings.whatsapp_verify_token, "whatsapp_verify_token")
        shown = query.get("hub.verify_token", "")
        known = hmac.compare_digest(shown.encode(), token)
        if query.get("hub.mode") != "subscribe" or not known:
            return None
        return query.get("hub.challenge")

    def check(self, body: bytes, signature: str | None) -> None:
        """Check the header ``X-Hub-Signature-256``.

        Args:
            body: The bytes as they came. The same JSON written anew has other bytes, as
                soon as there is an emoji in it.
            signature: The header.

        Raises:
            InvalidSignature: It is missing or wrong.
        """
        secret = _required(self.settings.whatsapp_app_secret, "whatsapp_app_secret")
        expected = _SCHEME + hmac.new(secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest((signature or "").encode(), expected.encode()):
            raise InvalidSignature(
                "X-Hub-Signature-256 is missing or does not fit the body: check "
                "platforms.whatsapp_app_secret, and that no proxy rewrites the body."
            )


def _required(secret: SecretStr | None, name: str) -> bytes:
    value = secret.get_secret_value() if secret else ""
    if not value:
        raise ValueError(f"platforms.{name} is not set: take it from the app's page at Meta.")
    return value.encode()
