"""Scan: collect the modules an application is made of, imports first."""

from __future__ import annotations

from collections.abc import Iterator

from hutch.module import Module


def scan(root: Module) -> tuple[Module, ...]:
    """List every module once, each after all it imports; the root is last.

    Each module and each import is looked at once, so the work grows with their
    number and not with the number of paths between them.
    """
    ordered: dict[Module, None] = {}
    entered = {root}
    stack: list[tuple[Module, Iterator[Module]]] = [(root, iter(root.imports))]
    while stack:
        module, imports = stack[-1]
        for imported in imports:
            if imported not in entered:
                entered.add(imported)
                stack.append((imported, iter(imported.imports)))
                break
        else:
            ordered[module] = None
            stack.pop()
    return tuple(ordered)
