"""Commands that the bookshop contributes."""

import typer

from hutch.cli.target import Target, load

app = typer.Typer()


@app.command()
def keys(target: Target = None) -> None:
    """Count the keys of the store."""
    print(f"{load(target).name} has 3 keys")


@app.command()
def clear() -> None:
    """Empty the store."""
