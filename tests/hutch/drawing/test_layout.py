import itertools
import time

from hypothesis import given
from hypothesis import strategies as st

from hutch.drawing.layout import COLUMN_GAP, layout

WIDTH = 200


@st.composite
def graphs(draw):
    """Boxes of any height and arrows that point from earlier to later boxes."""
    count = draw(st.integers(1, 14))
    heights = {f"n{n}": float(draw(st.integers(20, 300))) for n in range(count)}
    pairs = list(itertools.combinations(heights, 2))
    edges = draw(st.lists(st.sampled_from(pairs), max_size=30)) if pairs else []
    return heights, edges


def overlap(a, b):
    across = a.x < b.x + b.width and b.x < a.x + a.width
    return across and a.y < b.y + b.height and b.y < a.y + a.height


@given(graphs())
def test_boxes_keep_apart_and_arrows_point_right(graph):
    heights, edges = graph
    placed = layout(heights, edges, WIDTH)
    for one, other in itertools.combinations(placed.places.values(), 2):
        assert not overlap(one, other)
    for source, target in edges:
        gap = placed.places[target].x - placed.places[source].x - WIDTH
        assert gap >= COLUMN_GAP


@given(graphs())
def test_everything_lies_within_the_drawing(graph):
    heights, edges = graph
    placed = layout(heights, edges, WIDTH)
    for name, place in placed.places.items():
        assert place.height == heights[name]
        assert 0 <= place.x <= placed.width - WIDTH
        assert 0 <= place.y <= placed.height - place.height + 1e-6


@given(graphs())
def test_arrows_pass_between_boxes(graph):
    heights, edges = graph
    placed = layout(heights, edges, WIDTH)
    for (source, target), points in placed.paths.items():
        ends = {source, target}
        others = [place for name, place in placed.places.items() if name not in ends]
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            if to_x - x == WIDTH:
                assert y == to_y
                assert not [p for p in others if p.x == x and p.y < y < p.y + p.height]


def test_arrows_leave_on_the_right_and_arrive_on_the_left():
    placed = layout({"a": 50, "b": 90}, [("a", "b")], WIDTH)
    a, b = placed.places["a"], placed.places["b"]
    assert list(placed.paths["a", "b"]) == [
        (a.x + WIDTH, a.y + a.height / 2),
        (b.x, b.y + b.height / 2),
    ]


def test_needless_crossings_are_undone():
    heights = dict.fromkeys(["root", "a", "b", "c", "x", "y", "z"], 40.0)
    down = [("root", "a"), ("root", "b"), ("root", "c"), ("a", "z"), ("b", "y"), ("c", "x")]
    places = layout(heights, down, WIDTH).places
    upper = sorted("abc", key=lambda name: places[name].y)
    lower = sorted("xyz", key=lambda name: places[name].y)
    partner = {"a": "z", "b": "y", "c": "x"}
    assert [partner[name] for name in upper] == lower


def test_a_module_stands_right_of_its_longest_path():
    edges = [("a", "b"), ("b", "c"), ("a", "c")]
    places = layout(dict.fromkeys("abc", 40.0), edges, WIDTH).places
    assert [places[name].x for name in "abc"] == [0, WIDTH + COLUMN_GAP, 2 * (WIDTH + COLUMN_GAP)]


def test_many_modules_are_drawn_at_once():
    names = [f"n{n}" for n in range(150)]
    edges = [(names[n], names[m]) for n in range(150) for m in range(n + 1, min(n + 5, 150))]
    began = time.perf_counter()
    layout(dict.fromkeys(names, 60.0), edges, WIDTH)
    assert time.perf_counter() - began < 3
