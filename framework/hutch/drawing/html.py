"""A drawing as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template

from hutch.drawing.box import WIDTH, box_html, height_of
from hutch.drawing.details import details_html
from hutch.drawing.layout import Layout, layout
from hutch.drawing.model import Drawing

_LEGEND = {
    "object": "object",
    "resource": "opened and closed",
    "choice": "choice of backends",
    "settings": "settings",
    "value": "value",
    "alias": "alias",
    "seed": "what opens a request or job",
    "request": "one per request or job",
    "job": "job",
    "service": "service",
}
_ACCENTS = {"root": "the app", "feature": "routes or jobs", "ground": "holds resources"}


def html(drawing: Drawing) -> str:
    """Draw a page: modules as boxes in columns, imports as arrows, details at a click.

    Everything is in the page, so the file can be mailed or kept with the docs.
    """
    heights = {box.id: height_of(box) for box in drawing.boxes}
    imports = [(box.id, imported) for box in drawing.boxes for imported in box.imports]
    placed = layout(heights, imports, WIDTH)
    return Template(_file("page.html")).substitute(
        title=escape(drawing.name),
        summary=escape(_summary(drawing)),
        style=_file("style.css"),
        icons=_file("icons.svg"),
        script=_file("script.js"),
        width=round(placed.width),
        height=round(placed.height),
        edges="\n".join(_edges(placed)),
        boxes="\n".join(box_html(box, placed.places[box.id]) for box in drawing.boxes),
        legend="\n".join(_legend()),
        details="\n".join(details_html(box, drawing) for box in drawing.boxes),
    )


def _file(name: str) -> str:
    return files("hutch.drawing").joinpath("page", name).read_text("utf-8").rstrip()


def _summary(drawing: Drawing) -> str:
    handlers = [len(d.handlers) for box in drawing.boxes for d in box.controllers]
    jobs = [len(d.handlers) for box in drawing.boxes for d in box.processors]
    counts = {
        "modules": len(drawing.boxes),
        "providers": sum(len(box.providers) for box in drawing.boxes),
        "routes": sum(handlers),
        "jobs": sum(jobs),
    }
    return " · ".join(f"{count} {what}" for what, count in counts.items() if count)


def _edges(placed: Layout) -> Iterable[str]:
    for (source, target), points in placed.paths.items():
        x, y = points[-1]
        tip = f'<path class="tip" d="M{x:.0f} {y:.0f}l-8 -4.5v9z"/>'
        line = f'<path d="{_curve(points)}"/>'
        yield f'<g class="edge" data-from="{source}" data-to="{target}">{line}{tip}</g>'


def _curve(points: Sequence[tuple[float, float]]) -> str:
    (x, y), *rest = points
    parts = [f"M{x:.0f} {y:.0f}"]
    for to_x, to_y in rest:
        middle = (x + to_x) / 2
        parts.append(f"C{middle:.0f} {y:.0f} {middle:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}")
        x, y = to_x, to_y
    return "".join(parts)


def _legend() -> Iterable[str]:
    for accent, text in _ACCENTS.items():
        style = f"--accent:var(--{accent})"
        yield f'<span style="{style}"><i class="swatch"></i>{text}</span>'
    for icon, text in _LEGEND.items():
        yield f'<span><svg class="icon"><use href="#i-{icon}"/></svg>{text}</span>'
    yield "<span><b>bold</b> is exported</span>"
