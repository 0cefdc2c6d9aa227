from pathlib import Path

from tests.hutch.settings.stores import NeedySettings, StoreSettings

from hutch.settings import (
    CoreSettings,
    HttpSettings,
    LogSettings,
    check_environment,
    env_example,
    load,
)


def test_env_example() -> None:
    assert env_example([StoreSettings, NeedySettings]) == (
        "# Where things are kept.\n"
        "# ----------------------\n"
        "\n"
        "# Seconds that an entry lives.\n"
        "# Longer is cheaper.\n"
        "# HUTCH_TEST_STORE__TTL=60\n"
        "\n"
        "# Also: STORE_URL, OLD_STORE_URL\n"
        "# HUTCH_TEST_STORE__URL=store://me:default-pw@host/0\n"
        "\n"
        "# HUTCH_TEST_STORE__TOKEN=\n"
        "\n"
        "# HUTCH_TEST_STORE__KEYS=\n"
        "\n"
        "# HUTCH_TEST_STORE__PASSWORD=\n"
        "\n"
        "# HUTCH_TEST_STORE__TAGS=a,b\n"
        "\n"
        "# HUTCH_TEST_STORE__LIMITS={}\n"
        "\n"
        "# HUTCH_TEST_STORE__MODE=\n"
        "\n"
        "# How many runs in all.\n"
        "# HUTCH_TEST_STORE__RETRY__ATTEMPTS=3\n"
        "\n"
        "# HUTCH_TEST_STORE__RETRY__PASSWORD=\n"
        "\n"
        "# test_needy\n"
        "# ----------\n"
        "\n"
        "# Required.\n"
        "HUTCH_TEST_NEEDY__NAME=\n"
        "\n"
        "# Required.\n"
        "HUTCH_TEST_NEEDY__KEY=\n"
        "\n"
        "# HUTCH_TEST_NEEDY__PORT=1\n"
    )


def test_the_example_with_its_defaults_changes_nothing() -> None:
    text = env_example([CoreSettings, HttpSettings, LogSettings, StoreSettings])
    opened = [line.removeprefix("# ") if "=" in line else line for line in text.splitlines()]
    Path(".env").write_text("\n".join(opened))
    check_environment([StoreSettings])
    for cls in (CoreSettings, HttpSettings, LogSettings, StoreSettings):
        assert load(cls) == cls.model_construct()
