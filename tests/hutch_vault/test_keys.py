"""Keys: their text, the settings, and where they come from."""

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from hutch import App, Module, bind
from hutch.cli.main import commands
from hutch.errors import SettingsError
from hutch.settings import CoreSettings, Profile, load
from hutch.testing import testing
from hutch_vault import InvalidKeys, Key, KeysMissing, Vault, VaultSettings, vault_module
from hutch_vault.opening import open_vault

IDS = st.from_regex(r"[A-Za-z0-9_.-]{1,32}", fullmatch=True)


@given(IDS, st.binary(min_size=32, max_size=32))
def test_a_key_is_read_as_it_is_written(id: str, secret: bytes) -> None:
    key = Key(id, secret)
    assert Key.parse(key.text()) == key
    assert Key.parse(f" {key.text()}= \n") == key


def test_both_alphabets_of_base64_are_read() -> None:
    secret = bytes([0xFB, 0xFF] * 16)
    assert Key.parse("a:" + Key("a", secret).text()[2:]).secret == secret
    plain = Key("a", secret).text()[2:].replace("-", "+").replace("_", "/")
    assert Key.parse(f"a:{plain}=").secret == secret


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("c3dvcmRmaXNo", "a vault key is written id:base64; make one with `hutch vault key`"),
        (":c3dvcmRmaXNo", "a vault key's id has 1 to 32 of"),
        ("a b:c3dvcmRmaXNo", "a vault key's id has 1 to 32 of"),
        ("a:c3dvcmRmaXNo", "the vault key 'a' has 9 bytes, 32 are needed"),
        ("a:", "the vault key 'a' has 0 bytes"),
        ("a:sword?fish", "what follows a vault key's id and colon is no base64"),
        ("a:swördfish", "is no base64"),
    ],
)
def test_a_wrong_key_is_refused_and_not_shown(
    text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidKeys, match=message) as raised:
        Key.parse(text)
    assert "c3dv" not in str(raised.value)
    monkeypatch.setenv("HUTCH_VAULT__KEYS", f"{Key.generate('first').text()},{text}")
    with pytest.raises(SettingsError, match="HUTCH_VAULT__KEYS") as wrong:
        load(VaultSettings)
    assert "c3dv" not in str(wrong.value)
    assert "***" in str(wrong.value)


@pytest.mark.req("SM-02")
def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = Key.generate("new"), Key.generate("old")
    token = Vault([old]).encrypt(b"swordfish", purpose="p")
    monkeypatch.setenv("HUTCH_VAULT__KEYS", f"{new.text()}, {old.text()}")
    settings = load(VaultSettings)
    assert new.text() not in repr(settings)
    vault = open_vault(settings, in_profile(Profile.PRODUCTION))
    assert vault.ids == ("new", "old")
    assert vault.decrypt(token, purpose="p") == b"swordfish"


def test_one_id_for_two_keys_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ",".join(Key.generate("same").text() for _ in range(2))
    monkeypatch.setenv("HUTCH_VAULT__KEYS", keys)
    with pytest.raises(SettingsError, match="two vault keys have the id 'same'"):
        load(VaultSettings)


def test_production_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="Run `hutch vault key`"):
        open_vault(VaultSettings(data=tmp_path), in_profile(Profile.PRODUCTION))
    assert not list(tmp_path.iterdir())


def test_a_test_keeps_its_key_in_memory(tmp_path: Path) -> None:
    one, other = (
        open_vault(VaultSettings(data=tmp_path), in_profile(Profile.TEST)) for _ in range(2)
    )
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="another key had that id"):
        other.decrypt(one.encrypt(b"", purpose="p"), purpose="p")


def test_development_keeps_one_key_for_all_its_processes(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    settings, core = VaultSettings(data=folder), in_profile(Profile.DEVELOPMENT)
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: open_vault(settings, core), range(8)))
    token = vaults[0].encrypt(b"swordfish", purpose="p")
    assert all(vault.decrypt(token, purpose="p") == b"swordfish" for vault in vaults)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_a_key_file_that_was_damaged_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    for damaged in (b"", b"development:c3dv", b"\xff\xfe"):
        path.write_bytes(damaged)
        with pytest.raises(InvalidKeys, match="Restore it, or remove it") as raised:
            open_vault(VaultSettings(data=tmp_path), in_profile(Profile.DEVELOPMENT))
        assert str(path) in str(raised.value)
        assert path.read_bytes() == damaged


async def test_the_module_gives_the_vault_and_its_health() -> None:
    root = Module("app", imports=[vault_module()], exports=[Vault])
    keys = [Key.generate(id).text() for id in ("new", "old")]
    settings = VaultSettings.model_validate({"keys": keys})
    async with testing(root, bind(VaultSettings).value(settings)) as t:
        assert t.get(Vault).ids == ("new", "old")
        assert (await t.client.get("/health/ready")).status_code == 200


async def test_an_app_in_production_without_keys_does_not_start() -> None:
    root = Module("app", imports=[vault_module()], exports=[Vault])
    with pytest.raises(KeysMissing):
        async with App(root, profile=Profile.PRODUCTION).started():
            pass


def test_the_command_makes_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clivault.py").write_text(
        "from hutch import Module\n"
        "from hutch_vault import vault_module\n"
        "app = Module('shop', imports=[vault_module()])\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("HUTCH_APP", "clivault")
    monkeypatch.setenv("HUTCH_PROFILE", "production")

    def run(*words: str) -> Result:
        return CliRunner().invoke(commands, ["vault", "key", *words])

    assert Key.parse(run("--id", "spring").stdout).id == "spring"
    assert len(Key.parse(run().stdout).id) == len("2026-11-21")
    assert isinstance(run("--id", "a b").exception, InvalidKeys)
    assert not (tmp_path / ".data").exists()
    del sys.modules["clivault"]


def in_profile(profile: Profile) -> CoreSettings:
    return CoreSettings(profile=profile)
