"""The box of a module in the page, with rows of equal height."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from hutch.drawing.layout import Place
from hutch.drawing.model import Box, Driven, Provider

WIDTH = 252
_HEAD, _ROW, _CHIPS, _REST = 44, 24, 24, 10
_MOST = 12
"""More rows than this are left to the details."""


def height_of(box: Box) -> int:
    """Compute the height of a module's box, in pixels."""
    return _HEAD + _ROW * len(_shown(box)) + (_CHIPS if _chips(box) else 0) + _REST


def box_html(box: Box, place: Place) -> str:
    """Write a module's box at its place."""
    style = f"left:{place.x:.0f}px;top:{place.y:.0f}px;width:{WIDTH}px;height:{place.height:.0f}px"
    words = escape(" ".join([box.name, *_words(box)]).lower())
    chips = f'<span class="chips">{_chips(box)}</span>' if _chips(box) else ""
    title = f'<b>{escape(box.name)}</b><span class="count">{_role(box)}</span>'
    return (
        f'<button class="box {_accent(box)}" id="{box.id}" style="{style}" data-words="{words}">'
        f'<span class="head">{title}</span>'
        f"{''.join(_shown(box))}{chips}</button>"
    )


def icon(name: str) -> str:
    """Write an icon of the page's set."""
    return f'<svg class="icon"><use href="#i-{name}"/></svg>'


def options(provider: Provider) -> str:
    """Write the names of a choice's backends, the chosen one marked."""
    return "".join(
        f'<span class="chip{" on" if option == provider.chosen else ""}">{escape(option)}</span>'
        for option in provider.options
    )


def verb(name: str) -> str:
    """Write an HTTP method in its colour."""
    short = {"WEBSOCKET": "WS", "DELETE": "DEL"}.get(name, name)
    return f'<span class="verb {escape(name.lower())}">{escape(short)}</span>'


def _accent(box: Box) -> str:
    if box.is_root:
        return "root"
    if box.controllers or box.processors:
        return "feature"
    if any(provider.kind in ("resource", "choice") for provider in box.providers):
        return "ground"
    return "plain"


def _role(box: Box) -> str:
    return "global" if box.is_global else "app" if box.is_root else ""


def _shown(box: Box) -> list[str]:
    rows = list(_rows(box))
    if len(rows) <= _MOST:
        return rows
    more = len(rows) - _MOST + 1
    return [*rows[: _MOST - 1], f'<span class="row more">and {more} more</span>']


def _rows(box: Box) -> Iterator[str]:
    for controller in box.controllers:
        for handler in controller.handlers:
            yield _row(
                "", verb(handler.verb), f'<span class="name path">{escape(handler.path)}</span>'
            )
    for processor in box.processors:
        yield from _jobs(processor)
    for part in box.parts:
        if part.kind == "service":
            yield _row("", icon("service"), _name(part.name))
    for provider in sorted(box.providers, key=lambda p: not p.exported):
        yield _provider(provider)


def _jobs(processor: Driven) -> Iterator[str]:
    for handler in processor.handlers:
        yield _row("", icon("job"), _name(f"{processor.name}.{handler.name}"))


def _provider(provider: Provider) -> str:
    end = options(provider) + (icon("request") if provider.per_request else "")
    tail = f'<span class="end">{end}</span>' if end else ""
    exported = " exported" if provider.exported else ""
    return _row(exported, icon(provider.kind), _name(provider.name), tail)


def _row(extra: str, *parts: str) -> str:
    return f'<span class="row{extra}">{"".join(parts)}</span>'


def _name(name: str) -> str:
    return f'<span class="name">{escape(name)}</span>'


def _chips(box: Box) -> str:
    counts = Counter(part.kind for part in box.parts if part.kind != "service")
    names = (f"{count} {kind}" if count > 1 else kind for kind, count in counts.items())
    return "".join(f'<span class="chip">{escape(name)}</span>' for name in names)


def _words(box: Box) -> Iterator[str]:
    """List what the page's search looks at."""
    yield from (provider.name for provider in box.providers)
    for driven in (*box.controllers, *box.processors):
        yield from (driven.name, driven.title)
        yield from (f"{handler.verb} {handler.path} {handler.name}" for handler in driven.handlers)
    yield from (f"{part.kind} {part.name}" for part in box.parts)
