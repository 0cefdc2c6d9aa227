"""Settings of vectors."""

from typing import Literal

from hutch.settings import Settings


class VectorSettings(Settings, section="vectors"):
    """Where vectors are kept."""

    backend: Literal["exact", "pgvector"] = "exact"
    """Exact comes with any database; pgvector is PostgreSQL's extension, for many vectors."""
