"""Settings of the database."""

from typing import Annotated

from pydantic import Field, SecretStr

from hutch.settings import Also, Settings


class DatabaseSettings(Settings, section="database"):
    """Where the database is and how it is opened."""

    url: Annotated[SecretStr, Also("DATABASE_URL")] = SecretStr("sqlite:///.data/hutch.db")
    """sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME."""
    pool_size: int = Field(default=10, ge=1)
    """How many connections are held; a request or job that finds none free waits."""
    upgrade_at_start: bool = False
    """Whether the app applies its migrations when it starts."""
