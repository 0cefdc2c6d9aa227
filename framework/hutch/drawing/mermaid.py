"""A drawing as a Mermaid flow chart, for documentation."""

from __future__ import annotations

from collections.abc import Iterator

from hutch.drawing.model import Box, Drawing, Provider

_NAMED = {"&": "#amp;", "<": "#lt;", ">": "#gt;", '"': "#quot;"}
_ENTITIES = str.maketrans(_NAMED | {mark: f"#{ord(mark)};" for mark in "#`{}[]()|"})


def mermaid(drawing: Drawing) -> str:
    """Write a flow chart: a node for each module, an arrow for each import.

    A dotted arrow is the use of a global module that is not imported.
    """
    lines = ["flowchart LR"]
    for box in drawing.boxes:
        lines.append(f'  {box.id}["{_label(box)}"]{":::root" if box.is_root else ""}')
    for box in drawing.boxes:
        lines.extend(f"  {box.id} --> {imported}" for imported in box.imports)
        lines.extend(f"  {box.id} -.-> {used}" for used in box.through)
    lines.append("  classDef root stroke-width:3px")
    return "\n".join(lines) + "\n"


def _label(box: Box) -> str:
    return "<br/>".join([f"<b>{_text(box.name)}</b>", *map(_text, _lines(box))])


def _lines(box: Box) -> Iterator[str]:
    for provider in box.providers:
        yield _provider(provider)
    for controller in box.controllers:
        yield from (f"{handler.verb} {handler.path}" for handler in controller.handlers)
    for processor in box.processors:
        yield from (f"job {processor.name}.{handler.name}" for handler in processor.handlers)
    yield from (f"service {part.name}" for part in box.parts if part.kind == "service")


def _provider(provider: Provider) -> str:
    if not provider.options:
        return provider.name
    return f"{provider.name}: {provider.chosen or ' or '.join(provider.options)}"


def _text(text: str) -> str:
    """Escape what Mermaid or its HTML labels would read as markup."""
    return text.translate(_ENTITIES)
