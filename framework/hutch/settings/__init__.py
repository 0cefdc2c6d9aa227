"""Settings: typed, frozen, from the environment and a ``.env`` file."""

from hutch.settings.base import Settings
from hutch.settings.check import check_environment
from hutch.settings.core import CoreSettings, HttpSettings, LogSettings, Profile
from hutch.settings.example import env_example
from hutch.settings.load import load
from hutch.settings.variables import Also

__all__ = [
    "Also",
    "CoreSettings",
    "HttpSettings",
    "LogSettings",
    "Profile",
    "Settings",
    "check_environment",
    "env_example",
    "load",
]
