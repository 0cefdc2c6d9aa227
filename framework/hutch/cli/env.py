"""``hutch env``: the environment variables that an app reads."""

from __future__ import annotations

import typer

from hutch.cli.target import Target, load


def env(target: Target = None) -> None:
    """Print the app's .env.example: every setting with its meaning and default."""
    from hutch.settings import env_example

    typer.echo(env_example(load(target).settings()), nl=False)
