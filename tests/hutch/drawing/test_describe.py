import pytest

from hutch import Module, bind
from hutch.builtin import builtin
from hutch.contributions import Health, Mount, OnError
from hutch.drawing import drawing_of
from hutch.drawing.model import Part, Reference
from hutch.graph.graph import Graph


def draw(module):
    return drawing_of(Graph(module, builtin()))


def provider(box, name):
    return next(found for found in box.providers if found.name == name)


def test_modules_stand_before_those_they_import(drawing):
    position = {box.id: n for n, box in enumerate(drawing.boxes)}
    assert drawing.boxes[0].name == drawing.name == "bookshop"
    assert drawing.boxes[0].is_root
    assert all(position[i] > position[box.id] for box in drawing.boxes for i in box.imports)


def test_kinds_and_lives_of_providers(box):
    found = {p.name: (p.kind, p.per_request, p.exported) for p in box("store").providers}
    assert found == {
        "PoolSettings": ("settings", False, True),
        "Pool": ("resource", False, True),
        "Keys": ("object", False, True),
    }
    assert provider(box("tables"), "Session").per_request
    assert provider(box("time"), "str[zone]").kind == "value"
    assert not provider(box("accounts"), "Signer").exported


@pytest.mark.parametrize("backend", ["memory", "store"])
def test_a_choice_is_drawn_as_this_environment_makes_it(backend, box, drawing, monkeypatch):
    monkeypatch.setenv("HUTCH_BOOKSHOP__BACKEND", backend)
    import bookshop  # the fixture has made it importable

    again = drawing_of(bookshop.app.graph)
    cache = provider(next(b for b in again.boxes if b.name == "cache"), "Cache")
    assert (cache.kind, cache.options, cache.chosen) == ("choice", ("memory", "store"), backend)


def test_a_choice_that_the_settings_do_not_tell_is_open(drawing, monkeypatch):
    monkeypatch.setenv("HUTCH_BOOKSHOP__SIZE", "many")
    import bookshop

    again = drawing_of(bookshop.app.graph)
    assert provider(next(b for b in again.boxes if b.name == "cache"), "Cache").chosen is None


def test_who_needs_whom(drawing, box):
    store = box("store").id
    cache = provider(box("cache"), "Cache")
    assert set(cache.needs) == {
        Reference("PoolSettings", store),
        Reference("Pool", store),
        Reference("Keys", store),
    }
    users = {user.name for user in drawing.users_of(Reference("Session", box("tables").id))}
    assert users == {"Shelf", "Basket"}
    assert drawing.used(box("ordering"), of=box("events").id) == ["Events"]


def test_a_global_module_is_used_without_an_import(box):
    assert box("catalogue").through == (box("time").id,)
    assert box("limits").through == ()


def test_routes_carry_whole_paths_and_their_own_needs(box):
    (books,) = box("catalogue").controllers
    assert [f"{h.verb} {h.path}" for h in books.handlers] == [
        "GET /books/",
        "GET /books/{isbn}",
        "PUT /books/{isbn}",
        "DELETE /books/{isbn}",
    ]
    assert books.handlers[1].summary == "Show one book."
    assert [need.name for need in books.needs] == ["Prices"]
    assert [[need.name for need in h.needs] for h in books.handlers][:2] == [[], ["Shelf"]]


def test_jobs_are_named_after_what_drives_them(box):
    (mails,) = box("letters").processors
    assert (mails.name, mails.title) == ("Mails", "processor mails")
    assert [handler.name for handler in mails.handlers] == ["welcome", "receipt"]
    assert box("letters").providers == ()


def test_contributions(box):
    queue = box("queue").id
    assert [part.label for part in box("queue").parts] == [
        "service queue worker",
        "metrics",
        "command hutch queues",
        "declare Processor",
    ]
    assert box("queue").parts[0] == Part("service", "queue worker", (Reference("Queue", queue),))
    assert [part.label for part in box("tables").parts] == ["migrations bookshop"]
    assert [part.label for part in box("board").parts] == ["mount /board"]


def test_a_path_of_the_settings_and_an_error_handler():
    def path() -> str:
        return "/x"

    def make() -> object: ...

    module = Module(
        "m", contributions=[Mount(path, make), OnError(KeyError, lambda request, error: error)]
    )
    (box,) = draw(module).boxes
    assert [p.label for p in box.parts] == ["mount at a path of the settings", "onerror KeyError"]


def test_what_is_passed_on():
    class Pool: ...

    inner = Module("inner", providers=[Pool], exports=[Pool])
    outer = Module("outer", imports=[inner], exports=[inner])
    assert draw(outer).boxes[0].passed_on == ("Pool",)


def test_nothing_is_opened():
    class Pool: ...

    async def pool():
        raise AssertionError("opened")
        yield

    async def probe(pool: Pool) -> None: ...

    module = Module("m", providers=[bind(Pool).open(pool)], contributions=[Health("p", probe)])
    (box,) = draw(module).boxes
    assert [need.name for need in box.parts[0].needs] == ["Pool"]
