"""Scripts: the revision files of all packages as one Alembic directory."""

from __future__ import annotations

import warnings
from argparse import Namespace
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError

from hutch.contributions import Migrations
from hutch_database.errors import InvalidMigrations

_ENVIRONMENT = Path(__file__).with_name("environment")


class Scripts:
    """The revision files of every branch.

    Attributes:
        folders: Where the files of each branch lie.
        heads: The newest revision of each branch that has any.
        config: Alembic's configuration.
        directory: Alembic's view of the files.
    """

    def __init__(self, migrations: Iterable[Migrations]) -> None:
        """Find and read the files.

        Raises:
            InvalidMigrations: A folder is missing, two packages claim one branch or one
                revision, or a branch is not labelled or has two heads.
        """
        self.folders: Mapping[str, Path] = _folders(migrations)
        self.config = _config(self.folders.values())
        self.directory = ScriptDirectory.from_config(self.config)
        self.heads: Mapping[str, str] = self._heads()

    def branch(self, script: Script) -> str:
        """Name the branch of a revision by its folder."""
        folder = Path(script.path).parent
        return next(branch for branch, own in self.folders.items() if own == folder)

    def _heads(self) -> dict[str, str]:
        heads: dict[str, str] = {}
        for script in _read(self.directory):
            branch = self.branch(script)
            if branch not in script.branch_labels:
                raise InvalidMigrations(
                    f"{script.path} is not in branch {branch!r}: the first revision of its "
                    f'folder must say branch_labels = ("{branch}",), the others follow from it.'
                )
            if script.is_head and branch in heads:
                raise InvalidMigrations(
                    f"branch {branch!r} has two newest revisions, {heads[branch]} and "
                    f"{script.revision}: let the `down_revision` of one name the other."
                )
            if script.is_head:
                heads[branch] = script.revision
        return heads


def _folders(migrations: Iterable[Migrations]) -> dict[str, Path]:
    folders: dict[str, Path] = {}
    for contributed in migrations:
        folder = _folder(contributed)
        if folders.setdefault(contributed.branch, folder) != folder:
            raise InvalidMigrations(
                f"branch {contributed.branch!r} is claimed by {folders[contributed.branch]} and "
                f"by {folder}; give one of them another name."
            )
    return folders


def _folder(migrations: Migrations) -> Path:
    package, _, inside = migrations.location.partition(":")
    try:
        folder = Path(str(resources.files(package).joinpath(inside)))
    except ModuleNotFoundError as error:
        raise InvalidMigrations(
            f"branch {migrations.branch!r}: there is no package {error.name!r}; a location is "
            '"package:folder", e.g. Migrations("shop", "shop:migrations").'
        ) from error
    if not folder.is_dir():
        raise InvalidMigrations(
            f"branch {migrations.branch!r}: there is no folder {folder}; make it, or correct "
            f"the location {migrations.location!r}."
        )
    return folder


def _config(folders: Iterable[Path]) -> Config:
    config = Config(cmd_opts=Namespace(quiet=True))
    # A % would be read as interpolation.
    locations = "\n".join(str(folder).replace("%", "%%") for folder in folders)
    config.set_main_option("script_location", str(_ENVIRONMENT).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", locations)
    return config


def _read(directory: ScriptDirectory) -> list[Script]:
    try:
        with warnings.catch_warnings():
            # Alembic only warns of a revision that is there twice, and forgets one of them.
            warnings.simplefilter("error", UserWarning)
            return list(directory.walk_revisions())
    except (CommandError, UserWarning) as error:
        raise InvalidMigrations(f"the migrations do not fit together: {error}") from error
