"""Settings of the monitor."""

from hutch.settings import Settings


class MonitorSettings(Settings, section="monitor"):
    """The pages for operators."""

    show_arguments: bool = False
    """Whether arguments and results of jobs are shown as they are; else only what kind they are."""
