"""The details of a module in the page's side panel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from hutch.drawing.box import icon, options, verb
from hutch.drawing.model import Box, Drawing, Driven, Part, Provider, Reference


def details_html(box: Box, drawing: Drawing) -> str:
    """Write what the panel shows of a module: everything, with who needs whom."""
    details = _Details(box, drawing)
    return (
        f'<section data-of="{box.id}" hidden><h2>{escape(box.name)}</h2>'
        f"<p>{details.subtitle()}</p>{''.join(details.lists())}</section>"
    )


class _Details:
    def __init__(self, box: Box, drawing: Drawing) -> None:
        self.box = box
        self.drawing = drawing
        self.names = {other.id: other.name for other in drawing.boxes}

    def subtitle(self) -> str:
        words = ["the app's root module"] if self.box.is_root else ["module"]
        if self.box.is_global:
            words.append("global: every module sees its exports")
        return escape(", ".join(words))

    def lists(self) -> Iterator[str]:
        box = self.box
        yield _list("Imports", map(self.imported, box.imports))
        yield _list("Uses without importing", map(self.imported, box.through))
        users = [
            other for other in self.drawing.boxes if box.id in (*other.imports, *other.through)
        ]
        yield _list("Imported by", map(self.importer, users))
        yield _list("Routes", (row for c in box.controllers for row in self.handlers(c)))
        yield _list("Jobs", (row for p in box.processors for row in self.handlers(p)))
        yield _list("Providers", map(self.provider, box.providers))
        yield _list("Passed on", map(_item, box.passed_on))
        yield _list("Contributes", map(self.part, box.parts))

    def imported(self, id_: str) -> str:
        used = self.drawing.used(self.box, of=id_)
        return _item(self.link(id_), _note(f"uses {', '.join(used)}" if used else ""), raw=True)

    def importer(self, other: Box) -> str:
        used = self.drawing.used(other, of=self.box.id)
        return _item(
            self.link(other.id), _note(f"uses {', '.join(used)}" if used else ""), raw=True
        )

    def handlers(self, driven: Driven) -> Iterator[str]:
        for handler in driven.handlers:
            name = f"{driven.name}.{handler.name}"
            needs = (*driven.needs, *handler.needs)
            if handler.verb:
                title = f'{verb(handler.verb)}<span class="path">{escape(handler.path)}</span>'
                notes = _note(name)
            else:
                title = f"{icon('job')}{escape(name)}{_chip(driven.title)}"
                notes = ""
            yield _item(title, notes, _note(handler.summary), self.needs(needs), raw=True)

    def provider(self, provider: Provider) -> str:
        title = f"{icon(provider.kind)}{escape(provider.name)}{''.join(map(_chip, provider.words))}"
        users = self.drawing.users_of(Reference(provider.name, self.box.id))
        used = _note(f"used by {', '.join(map(self.say, users))}" if users else "")
        return _item(title + options(provider), self.needs(provider.needs), used, raw=True)

    def part(self, part: Part) -> str:
        return _item(_chip(part.kind) + escape(part.name), self.needs(part.needs), raw=True)

    def needs(self, needs: Iterable[Reference]) -> str:
        said = ", ".join(map(self.say, needs))
        return _note(f"needs {said}" if said else "")

    def say(self, reference: Reference) -> str:
        if reference.box == self.box.id:
            return reference.name
        return f"{reference.name} ({self.names.get(reference.box, reference.box)})"

    def link(self, id_: str) -> str:
        return f'<button class="link" data-go="{id_}">{escape(self.names[id_])}</button>'


def _list(heading: str, items: Iterable[str]) -> str:
    rows = "".join(items)
    return f"<h3>{heading}</h3><ul>{rows}</ul>" if rows else ""


def _item(title: str, *notes: str, raw: bool = False) -> str:
    return f'<li><div class="title">{title if raw else escape(title)}</div>{"".join(notes)}</li>'


def _note(text: str) -> str:
    return f'<div class="note">{escape(text)}</div>' if text else ""


def _chip(text: str) -> str:
    return f'<span class="chip">{escape(text)}</span>' if text else ""
