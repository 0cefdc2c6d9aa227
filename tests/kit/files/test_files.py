"""What is particular to a backend: settings, our own addresses, S3's faults."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import time_machine
from pydantic import SecretStr
from tests.kit.files.s3 import ACCESS, REGION, S3, SECRET

import hutch.testing
from hutch import App, Module, bind
from hutch.contributions import Health
from hutch.settings import Profile
from hutch_vault import Key, KeysMissing
from kit.files import (
    FileMissing,
    Files,
    FileSettings,
    FilesUnavailable,
    InvalidStore,
    Links,
    files_module,
    open_files,
)

APP = Module("app", imports=[files_module()], exports=[files_module()])


def opened(**settings: object) -> Files:
    made = FileSettings.model_validate(settings)
    return open_files(made, Links(made))


def on_s3(url: str, **more: object) -> Files:
    known = {
        "store": "s3://bucket",
        "s3_endpoint": url,
        "s3_region": REGION,
        "s3_access_key": ACCESS,
        "s3_secret_key": SECRET,
    }
    return opened(**(known | more))


async def test_the_module_serves_a_folder(tmp_path: Path):
    settings = FileSettings(store=str(tmp_path / "a" / "b"), public_url="http://testserver")

    async with hutch.testing.testing(APP, bind(FileSettings).value(settings)) as t:
        files = t.get(Files)
        await files.put("page.html", b"<script>alert(1)</script>")
        answer = await t.client.get(await files.url("page.html"))

    assert (answer.status_code, answer.text) == (200, "<script>alert(1)</script>")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["content-length"] == "25"
    assert (tmp_path / "a" / "b" / "page.html").read_bytes() == b"<script>alert(1)</script>"


@pytest.mark.parametrize(
    "path",
    [
        "/files/secret.txt",
        "/files/secret.txt?until=99999999999&signature=",
        "/files/secret.txt?until=99999999999&signature=é",
        "/files/secret.txt?until=soon&signature=0",
        "/files/secret.txt?until=٣&signature=0",
        "/files/../secret.txt?until=99999999999&signature=0",
        "/files/",
    ],
)
async def test_an_address_that_was_not_signed_is_refused(tmp_path: Path, path: str):
    settings = FileSettings(store=str(tmp_path), public_url="http://testserver")

    async with hutch.testing.testing(APP, bind(FileSettings).value(settings)) as t:
        await t.get(Files).put("secret.txt", b"secret")
        answer = await t.client.get(path)

    assert answer.status_code in (403, 404)
    assert b"secret" not in answer.content


async def test_an_address_of_our_own_ends():
    settings = FileSettings(store="memory://")
    links = Links(settings)
    url = await open_files(settings, links).url("a.txt", timedelta(minutes=5))
    query = {name: found[0] for name, found in parse_qs(urlsplit(url).query).items()}

    assert links.accepts("a.txt", **query)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert not links.accepts("a.txt", **query)
    assert not links.accepts("a.txt", str(int(query["until"]) + 1), query["signature"])


async def test_a_key_makes_addresses_that_others_accept():
    shared = FileSettings(store="memory://", link_key=SecretStr("a key"))
    url = await open_files(shared, Links(shared)).url("a.txt")
    query = {name: found[0] for name, found in parse_qs(urlsplit(url).query).items()}

    assert Links(shared).accepts("a.txt", **query)
    assert not Links(FileSettings(store="memory://")).accepts("a.txt", **query)
    assert "a key" not in f"{shared!r} {url}"


def fetched_by(url: str) -> str:
    """The path and query of an address, as another process would be asked for them."""
    return url.removeprefix("http://testserver")


async def test_processes_that_share_a_vault_accept_each_others_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUTCH_FILES__STORE", str(tmp_path))
    monkeypatch.setenv("HUTCH_FILES__PUBLIC_URL", "http://testserver")
    old, new = (Key.generate(name).text() for name in ("old", "new"))

    monkeypatch.setenv("HUTCH_VAULT__KEYS", old)
    async with hutch.testing.testing(APP) as worker:
        await worker.get(Files).put("a.txt", b"a picture")
        url = fetched_by(await worker.get(Files).url("a.txt"))
    monkeypatch.setenv("HUTCH_VAULT__KEYS", f"{new},{old}")
    async with hutch.testing.testing(APP) as web:
        await web.get(Files).put("b.txt", b"another")
        assert (await web.client.get(url)).content == b"a picture"
        assert (await web.client.get(url.replace("a.txt", "b.txt"))).status_code == 403
        assert (await web.client.get(url.replace("until=", "until=1"))).status_code == 403


async def test_without_keys_production_is_refused_at_start_unless_s3_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUTCH_FILES__STORE", str(tmp_path))
    with pytest.raises(KeysMissing):
        async with App(APP, profile=Profile.PRODUCTION).started():
            pass

    monkeypatch.setenv("HUTCH_FILES__STORE", "s3://bucket")
    async with App(APP, profile=Profile.PRODUCTION).started():
        pass


async def test_s3_is_told_the_type_of_a_file(s3: tuple[str, S3]):
    files = on_s3(s3[0])

    await files.put("a.jpg", b"x")
    await files.put("a.unknown", b"x")

    kinds = {key: kind for key, (_, kind, _) in s3[1].objects.items()}
    assert kinds == {"a.jpg": "image/jpeg", "a.unknown": "application/octet-stream"}


async def test_a_presigned_address_ends(s3: tuple[str, S3], http: httpx2.AsyncClient):
    files = on_s3(s3[0])
    await files.put("a.jpg", b"x")
    url = await files.url("a.jpg", timedelta(minutes=5))

    assert (await http.get(url)).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert (await http.get(url)).status_code == 403
    assert (await http.get(url.partition("?")[0])).status_code == 403


async def test_two_prefixes_of_a_bucket_do_not_meet(s3: tuple[str, S3]):
    one, two = (on_s3(s3[0], store=f"s3://bucket/{name}/") for name in ("one", "two"))

    await one.put("a.txt", b"1")

    assert not await two.exists("a.txt")
    assert list(s3[1].objects) == ["one/a.txt"]


async def test_a_wrong_key_is_no_missing_file(s3: tuple[str, S3]):
    files = on_s3(s3[0], s3_secret_key="wrong")

    for call in (files.get("a.txt"), files.find("a.txt"), files.put("a.txt", b"")):
        with pytest.raises(FilesUnavailable, match=r"did not serve 'a\.txt'") as refused:
            await call
        assert "wrong" not in str(refused.value)


async def test_a_folder_that_went_away(tmp_path: Path):
    files = opened(store=str(tmp_path / "files"))
    (tmp_path / "files").rmdir()

    with pytest.raises(FileMissing):
        await files.get("a.txt")


async def test_names_stay_in_the_folder(tmp_path: Path):
    (tmp_path / "secret.txt").write_text("secret")
    files = opened(store=str(tmp_path / "files"))

    await files.put("a/b/c.txt", b"x")

    found = [Path(folder) / name for folder, _, names in os.walk(tmp_path) for name in names]
    assert sorted(found) == [tmp_path / "files/a/b/c.txt", tmp_path / "secret.txt"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"store": "ftp://host/files"}, r"files\.store=ftp://… is not known"),
        ({"store": "s3://"}, r"files\.store=s3://… is not known"),
        ({"store": "/proc/nowhere"}, r"files\.store=/proc/nowhere cannot be used"),
        ({"store": "s3://bucket", "s3_access_key": "a"}, "belong together"),
    ],
)
def test_a_store_that_is_none(settings: dict[str, str], message: str):
    with pytest.raises(InvalidStore, match=message):
        opened(**settings)


def test_a_password_in_the_store_is_not_quoted():
    with pytest.raises(InvalidStore) as refused:
        opened(store="ftp://user:password@host/")

    assert "password" not in str(refused.value)


async def test_a_store_that_is_away_shows_in_the_health(s3: tuple[str, S3]):
    [health] = [one for one in files_module().contributions if isinstance(one, Health)]
    files = on_s3(s3[0])

    await health.probe(files)
    s3[1].broken = True
    with pytest.raises(FilesUnavailable, match=r"check files\.store"):
        await health.probe(files)

    assert not health.required
