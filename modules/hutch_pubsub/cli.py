"""``hutch inbox``: look into inboxes, and replay what failed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from hutch.cli.table import show_table
from hutch.cli.target import load
from hutch.logs import configure_logging
from hutch.settings import LogSettings
from hutch_pubsub.entry_codec import OURS
from hutch_pubsub.errors import InvalidMessage, PubsubError
from hutch_pubsub.inbox import InboxStores
from hutch_pubsub.inbox_admin import InboxAdmin
from hutch_pubsub.memory_inbox import MemoryInbox
from hutch_pubsub.module import core_module
from hutch_pubsub.storage import Entry, Shelf

T = TypeVar("T")

Name = Annotated[str, typer.Argument(metavar="INBOX", help="The inbox's name.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID...]")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
On = Annotated[Shelf, typer.Option("--shelf", help="Where the entries are.")]
All = Annotated[bool, typer.Option("--all", help="All entries of the shelf.")]

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(json: Json = False) -> None:
    """List the inboxes; the age of the oldest entry is in seconds."""

    async def look(admin: InboxAdmin) -> list[dict[str, Any]]:
        specs = admin.specs()
        return [{"inbox": s.name, **asdict(await admin.stats(s.name))} for s in specs]

    _show(
        ["inbox", "length", "delivered", "dead", "review", "oldest", "consumers"],
        _with_admin(look),
        as_json=json,
    )


@app.command()
def show(
    inbox: Name,
    shelf: On = "dead",
    after: Annotated[str, typer.Option(help="The number of the last known entry.")] = "0-0",
    limit: Annotated[int, typer.Option(help="How many to show, 500 at most.")] = 20,
    content: Annotated[bool, typer.Option("--content", help="Show what is in them.")] = False,
    json: Json = False,
) -> None:
    """List the entries of an inbox, the oldest first."""
    found = _with_admin(lambda admin: admin.entries(inbox, shelf, after=after, limit=limit))
    rows = [_row(entry, content=content) for entry in found]
    columns = ["id", "added", "was", "reason", "content" if content else "fields"]
    _show(columns, rows, as_json=json)


@app.command()
def replay(inbox: Name, ids: Ids = None, shelf: On = "dead", all_: All = False) -> None:
    """Add entries to their inbox anew: with all their attempts, and as if just come."""
    if all_ == bool(ids):
        raise InvalidMessage("replay: give the ids of entries, or --all for those of the shelf.")
    if all_:
        count = _with_admin(lambda admin: admin.replay_all(inbox, shelf))
        typer.echo(f"{count} entries of {inbox} are added anew.")
        return
    asked = ids or []
    done = _with_admin(lambda admin: admin.replay(inbox, shelf, *asked))
    _tell(asked, done, "added anew", shelf)


@app.command()
def discard(
    inbox: Name,
    ids: Annotated[list[str], typer.Argument(metavar="ID...")],
    shelf: On = "dead",
) -> None:
    """Delete entries of a shelf for good."""
    done = _with_admin(lambda admin: admin.discard(inbox, shelf, *ids))
    _tell(ids, done, "deleted", shelf)


def _row(entry: Entry, *, content: bool) -> dict[str, Any]:
    own = {name: text for name, text in entry.fields.items() if not name.startswith(OURS)}
    added = datetime.fromtimestamp(int(entry.id.partition("-")[0]) / 1000, UTC)
    row = {
        "id": entry.id,
        "added": added.isoformat(timespec="seconds"),
        "was": entry.fields.get(f"{OURS}id", ""),
        # A handler's error may quote the message.
        "reason": _reason(entry.fields.get(f"{OURS}reason", ""), content=content),
    }
    return row | ({"content": own} if content else {"fields": ", ".join(own)})


def _reason(reason: str, *, content: bool) -> str:
    if content or reason.startswith("unreadable"):
        return reason
    return reason.partition(":")[0]


def _tell(asked: Sequence[str], done: Sequence[str], verb: str, shelf: str) -> None:
    typer.echo(f"{len(done)} of {len(asked)} entries are {verb}.")
    left = [id for id in asked if id not in set(done)]
    for id in left:
        typer.echo(f"Error: {id} is not on the shelf {shelf}.", err=True)
    if left:
        raise typer.Exit(1)


def _show(columns: Sequence[str], rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    show_table(columns, [[_cell(row[column]) for column in columns] for row in rows])


def _cell(value: Any) -> str:
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    # Entries may come from outside, and steer the terminal.
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _with_admin(act: Callable[[InboxAdmin], Awaitable[T]]) -> T:
    """Open what belongs to the inboxes of the app that is meant, and nothing else of it."""
    application, inboxes = load(), core_module()
    configure_logging(LogSettings.model_construct(level="error", format="console", redact=()))

    async def open_and_act() -> T:
        async with application.opened(InboxAdmin, InboxStores, module=inboxes) as running:
            if isinstance(running.get(InboxStores, inboxes).fast, MemoryInbox):
                raise PubsubError(
                    "the inboxes' backend is memory, which only the app's own process sees: "
                    "set HUTCH_PUBSUB__BACKEND=redis."
                )
            return await act(running.get(InboxAdmin, inboxes))

    return asyncio.run(open_and_act())
