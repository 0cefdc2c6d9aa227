"""Where files are, and how the outside reaches them."""

from __future__ import annotations

from pydantic import SecretStr

from hutch import Settings
from kit.platforms.settings import BaseUrl


class FileSettings(Settings, section="files"):
    """Settings of files."""

    store: str = ".data/files"
    """A folder, s3://BUCKET or s3://BUCKET/PREFIX, or memory://."""

    s3_endpoint: BaseUrl | None = None
    """Where MinIO or another server is; unset means Amazon's."""

    s3_region: str = "us-east-1"
    """The bucket's region."""

    s3_access_key: str | None = None
    """Unset, with the secret: what the environment offers, as AWS_ACCESS_KEY_ID."""

    s3_secret_key: SecretStr | None = None
    """Belongs to the access key."""

    public_url: BaseUrl = "http://127.0.0.1:8000"
    """Where the outside reaches this app, for addresses of files that are not in S3."""

    link_key: SecretStr | None = None
    """Signs those addresses; unset, the vault does, whose keys all processes share."""
