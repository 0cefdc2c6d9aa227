"""Settings of SecondMe."""

from pydantic import Field, SecretStr

from hutch import Settings


class SecondMeSettings(Settings, section="secondme"):
    """Whose messages are answered, and how patient SecondMe is."""

    user_id: str = Field(default="user-1", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    """Who is connected to WhatsApp: stands in the session's key."""

    phone_number_id: str = ""
    """WhatsApp's id of the number in the WhatsApp Cloud API; not needed with QR codes."""

    access_token: SecretStr | None = None
    """The number's access token for the WhatsApp Cloud API; not needed with QR codes."""

    persona: str = Field(default="professional", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    """In whose voice new contacts are answered."""

    settle: float = Field(default=30.0, gt=0)
    """Seconds in which WhatsApp has to tell of an answer whose sending had no outcome; after
    them a person has to look."""

    keep_days: int = Field(default=90, ge=9)
    """Days after which messages are deleted, and contacts who may not be answered and have no
    message. WhatsApp delivers again for a week, so it is longer than that."""

    drain: float = Field(default=10.0, ge=0)
    """Seconds in which waiting messages are still handled when a worker is told to stop."""
