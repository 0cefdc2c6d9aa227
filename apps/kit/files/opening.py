"""From the settings to the library's store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, S3Store

from kit.files.errors import InvalidStore
from kit.files.settings import FileSettings

if TYPE_CHECKING:
    from obstore.store import S3Config

Store: TypeAlias = LocalStore | MemoryStore | S3Store


def open_store(settings: FileSettings) -> Store:
    """Open what ``files.store`` names; a folder that is missing is made.

    Raises:
        InvalidStore: It names none, or the folder cannot be made.
    """
    scheme, separator, rest = settings.store.partition("://")
    if not separator:
        return _folder(settings.store)
    if scheme == "memory":
        return MemoryStore()
    bucket, _, prefix = rest.partition("/")
    if scheme == "s3" and bucket:
        return _s3(settings, bucket, prefix.strip("/"))
    raise InvalidStore(
        f"files.store={scheme}://… is not known: write a folder, s3://BUCKET/PREFIX or memory://."
    )


def _folder(path: str) -> LocalStore:
    try:
        # Two steps: the library reports a folder that it may not make without its name.
        Path(path).mkdir(parents=True, exist_ok=True)
        return LocalStore(Path(path).resolve(), automatic_cleanup=False)
    except (OSError, BaseError) as error:
        raise InvalidStore(
            f"files.store={path} cannot be used ({type(error).__name__}): name a folder that "
            "can be written."
        ) from error


def _s3(settings: FileSettings, bucket: str, prefix: str) -> S3Store:
    endpoint = settings.s3_endpoint
    return S3Store(
        bucket,
        prefix=prefix or None,
        config=_config(settings),
        client_options={
            "allow_http": bool(endpoint and endpoint.startswith("http://")),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(seconds=60),
        },
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
    )


def _config(settings: FileSettings) -> S3Config:
    access, secret = settings.s3_access_key, settings.s3_secret_key
    if (access is None) != (secret is None):
        raise InvalidStore("files.s3_access_key and files.s3_secret_key belong together: set both.")
    # MinIO takes the bucket in the path; Amazon wants it in the host's name.
    by_host = settings.s3_endpoint is None
    config: S3Config = {"region": settings.s3_region, "virtual_hosted_style_request": by_host}
    if settings.s3_endpoint:
        config["endpoint"] = settings.s3_endpoint
    if access and secret:
        config["access_key_id"] = access
        config["secret_access_key"] = secret.get_secret_value()
    return config
