"""Every backend keeps the contract."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.kit.files.conftest import Swap
from tests.kit.files.s3 import ACCESS, REGION, S3, SECRET

from kit.files import Files, FileSettings, Links, open_files
from kit.files.contract import FilesContract
from kit.files.serving import serve_files


def served(store: str, swap: tuple[str, Swap]) -> Files:
    url, inside = swap
    settings = FileSettings(store=store, public_url=url)
    links = Links(settings)
    files = open_files(settings, links)
    inside.app = Starlette(routes=[Mount("/files", serve_files(files, links))])
    return files


class TestMemory(FilesContract):
    @pytest.fixture
    def files(self, swap: tuple[str, Swap]) -> Files:
        return served("memory://", swap)


class TestFolder(FilesContract):
    @pytest.fixture
    def files(self, tmp_path: Path, swap: tuple[str, Swap]) -> Files:
        return served(str(tmp_path / "files"), swap)


class TestS3(FilesContract):
    @pytest.fixture
    def files(self, s3: tuple[str, S3]) -> Files:
        settings = FileSettings(
            store="s3://bucket/below/here",
            s3_endpoint=s3[0],
            s3_region=REGION,
            s3_access_key=ACCESS,
            s3_secret_key=SecretStr(SECRET),
        )
        return open_files(settings, Links(settings))
