"""The three renderings of one drawing."""

import io
import re

import pytest
from rich.console import Console

from hutch.drawing import Drawing, html, mermaid, tree
from hutch.drawing.model import Box, Provider

NASTY = '<script>alert("1")</script> & `x` {y}'


@pytest.fixture
def nasty():
    """A module and a provider whose names are markup."""
    provider = Provider(NASTY, "object", False, True, ())
    box = Box("m0", NASTY, True, False, (), (), (), (provider,), (), (), ())
    return Drawing(NASTY, (box,))


def text(drawing):
    file = io.StringIO()
    Console(file=file, width=500).print(tree(drawing))
    return file.getvalue()


def test_the_tree_is_plain_and_whole_in_a_pipe(drawing):
    written = text(drawing)
    assert "\x1b" not in written
    lines = [line.lstrip("│├└─ ") for line in written.splitlines()]
    assert lines[0] == "bookshop: 16 modules"
    assert "catalogue imports tables, cache, events, uses time" in lines
    assert "Pool  resource, exported  <- PoolSettings" in lines
    assert "Cache  choice, exported [memory] store  <- PoolSettings, Pool, Keys" in lines
    assert "PUT /books/{isbn}  Books.change  <- Prices, Shelf" in lines
    assert "job Mails.welcome  processor mails  <- Mailer" in lines
    assert "service event relay  <- Events" in lines


def test_the_tree_shows_markup_as_it_is(nasty):
    assert NASTY in text(nasty)


def test_the_chart_has_a_node_for_each_module_and_an_arrow_for_each_import(drawing, box):
    lines = mermaid(drawing).splitlines()
    assert lines[0] == "flowchart LR"
    assert '  m0["<b>bookshop</b>"]:::root' in lines
    arrows = {line.strip() for line in lines if "-->" in line}
    assert arrows == {f"{b.id} --> {i}" for b in drawing.boxes for i in b.imports}
    assert f"  {box('catalogue').id} -.-> {box('time').id}" in lines
    assert "<br/>Cache: memory" in mermaid(drawing)


def test_the_chart_escapes_markup(nasty):
    label = mermaid(nasty).splitlines()[1]
    assert "#lt;script#gt;alert#40;#quot;1#quot;#41;" in label
    assert re.sub(r"</?b>|<br/>", "", label).count("<") == 0


def test_the_page_is_one_file(drawing):
    page = html(drawing)
    assert not re.search(r"""(?:src|href)=(?!["']?#)|@import|url\(|https?:""", page)
    assert "$" not in re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)


def test_the_page_escapes_markup(nasty):
    page = html(nasty)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(&quot;1&quot;)") >= 4


def test_a_large_module_leaves_rows_to_its_details():
    providers = tuple(Provider(f"P{n}", "object", False, False, ()) for n in range(30))
    box = Box("m0", "big", True, False, (), (), (), providers, (), (), ())
    page = html(Drawing("big", (box,)))
    shown, details = page.split('<aside id="panel"')
    assert "and 19 more" in shown
    assert all(f">P{n}<" in shown for n in range(11))
    assert "P29" in details
