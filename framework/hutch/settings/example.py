"""The text of ``.env.example``."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

from pydantic import BaseModel

from hutch.settings.base import Settings
from hutch.settings.load import default_of
from hutch.settings.variables import Variable, variables_of


def env_example(classes: Iterable[type[Settings]]) -> str:
    """Write the text of ``.env.example``.

    Every default stands commented out, so the copied file changes nothing;
    what is required stands open and empty, secrets stand empty.

    Args:
        classes: In the order in which their sections shall stand.
    """
    return "\n".join(line for cls in classes for line in _section(cls)).rstrip() + "\n"


def _section(cls: type[Settings]) -> Iterator[str]:
    heading = inspect.cleandoc(cls.__doc__ or cls.section).splitlines()[0]
    yield f"# {heading}"
    yield f"# {'-' * len(heading)}"
    yield ""
    for variable in variables_of(cls):
        if not variable.is_group:
            yield from _lines(variable)
            yield ""


def _lines(variable: Variable) -> Iterator[str]:
    description = variable.field.description or _docstrings(variable.model).get(variable.path[-1])
    for line in inspect.cleandoc(description or "").splitlines():
        yield f"# {line}".rstrip()
    if variable.also:
        yield f"# Also: {', '.join(variable.also)}"
    if variable.field.is_required():
        yield "# Required."
        yield f"{variable.name}="
    else:
        yield f"# {variable.name}={'' if variable.secret else default_of(variable)}"


@cache
def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Read the strings below a model's fields, inherited ones included.

    Pydantic's ``use_attribute_docstrings`` does the same at import, for milliseconds a class.
    """
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, BaseModel) and cls.model_fields and cls is not BaseModel:
            found |= _own_docstrings(cls)
    return found


def _own_docstrings(cls: type[BaseModel]) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    found: dict[str, str] = {}
    for field, text in pairwise(tree.body if isinstance(tree, ast.ClassDef) else []):
        match field, text:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(doc))):
                found[name] = doc
            case _:
                pass
    return found
