"""The public names, their docstrings and the error codes."""

import inspect

import hutch
from hutch import errors


def test_the_public_names_are_there_and_documented() -> None:
    for name in hutch.__all__:
        assert inspect.getdoc(getattr(hutch, name)), name
    assert list(hutch.__all__) == sorted(hutch.__all__, key=lambda n: (n[0].islower(), n))


def test_every_error_is_drawn_in_the_docstring_and_has_a_code_of_its_own() -> None:
    found = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ]
    assert errors.__doc__ is not None
    assert all(kind.__name__ in errors.__doc__ for kind in found)
    codes = [kind.code for kind in found]
    assert len(codes) == len(set(codes))
