"""Drawing: an application's modules as text, as a Mermaid chart and as an HTML page."""

from hutch.drawing.describe import drawing_of
from hutch.drawing.html import html
from hutch.drawing.mermaid import mermaid
from hutch.drawing.model import Drawing
from hutch.drawing.text import tree

__all__ = ["Drawing", "drawing_of", "html", "mermaid", "tree"]
