"""A drawing as a tree for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text
from rich.tree import Tree

from hutch.drawing.model import Box, Drawing, Driven, Part, Provider, Reference


def tree(drawing: Drawing) -> Tree:
    """Draw a tree: modules, and in each its providers, routes, jobs and contributions."""
    names = {box.id: box.name for box in drawing.boxes}
    root = Tree(Text.assemble((drawing.name, "bold"), f": {len(drawing.boxes)} modules"))
    for box in drawing.boxes:
        branch = root.add(_heading(box, names))
        for line in _lines(box):
            branch.add(line)
    return root


def _heading(box: Box, names: dict[str, str]) -> Text:
    heading = Text.assemble((box.name, "bold cyan"))
    if box.is_global:
        heading.append(" (global)", "dim")
    if box.imports:
        heading.append(f" imports {', '.join(names[i] for i in box.imports)}", "dim")
    if box.through:
        heading.append(f", uses {', '.join(names[i] for i in box.through)}", "dim")
    return heading


def _lines(box: Box) -> Iterator[Text]:
    for provider in box.providers:
        yield _provider(provider)
    for controller in box.controllers:
        yield from _routes(controller)
    for processor in box.processors:
        yield from _jobs(processor)
    for part in box.parts:
        yield _part(part)


def _provider(provider: Provider) -> Text:
    line = Text.assemble((provider.name, "green" if provider.exported else ""))
    line.append(f"  {', '.join(provider.words)}", "dim")
    for option in provider.options:
        line.append(f" [{option}]" if option == provider.chosen else f" {option}", "yellow")
    return line.append(_needs(provider.needs), "dim")


def _routes(controller: Driven) -> Iterator[Text]:
    for handler in controller.handlers:
        needs = _needs((*controller.needs, *handler.needs))
        line = Text.assemble((f"{handler.verb} {handler.path}", "blue"))
        yield line.append(f"  {controller.name}.{handler.name}{needs}", "dim")


def _jobs(processor: Driven) -> Iterator[Text]:
    for handler in processor.handlers:
        needs = _needs((*processor.needs, *handler.needs))
        line = Text.assemble((f"job {processor.name}.{handler.name}", "magenta"))
        yield line.append(f"  {processor.title}{needs}", "dim")


def _part(part: Part) -> Text:
    return Text(part.label).append(_needs(part.needs), "dim")


def _needs(needs: tuple[Reference, ...]) -> str:
    return f"  <- {', '.join(need.name for need in needs)}" if needs else ""
