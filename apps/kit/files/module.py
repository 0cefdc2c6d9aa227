"""The module that gives an app its files."""

from __future__ import annotations

from functools import cache

from hutch import Module, bind
from hutch.contributions import Health, Mount
from hutch_vault import vault_module
from kit.files.links import PATH, Links, signer, with_key, with_vault
from kit.files.port import Files
from kit.files.serving import serve_files
from kit.files.settings import FileSettings
from kit.files.stored import open_files


async def _probe(files: Files) -> None:
    await files.exists("health")


@cache
def files_module() -> Module:
    """Provide the ``Files``, and serve those that are not in S3 below ``/files``."""
    return Module(
        "files",
        imports=[vault_module()],
        providers=[
            FileSettings,
            bind(Links).choose(signer, key=with_key, vault=with_vault),
            bind(Files).to(open_files),
        ],
        exports=[Files],
        contributions=[
            Mount(PATH, serve_files),
            # Without files the app can still serve much.
            Health("files", _probe, required=False),
        ],
    )
