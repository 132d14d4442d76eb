"""A function of the product without some of its lines: made from its own source, so it cannot fall behind."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

ATTEMPT = "try"
"""In the place of a statement: every `try` of the function; its body stays, nothing is caught."""


class NotThere(Exception):
    """The function does not say this any more: what was to be left out has moved."""


def cut(function: Callable[..., Any], cuts: Mapping[str, str], **known: Any) -> Callable[..., Any]:
    """The function with each statement in `cuts` replaced by another, or by nothing for an empty text.

    Statements are compared as `ast.unparse` writes them. `known` are further names for what is put in.
    Raises NotThere for a statement that the function does not have.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    knife = _Knife(cuts)
    knife.visit(tree)
    if missing := cuts.keys() - knife.found:
        raise NotThere(f"{function.__qualname__} has no {' and no '.join(sorted(missing))}")
    names = {**function.__globals__, **known}
    exec(compile(ast.fix_missing_locations(tree), f"<cut {function.__qualname__}>", "exec"), names)
    made: Callable[..., Any] = names[function.__name__]
    return made


class _Knife(ast.NodeTransformer):
    def __init__(self, cuts: Mapping[str, str]) -> None:
        self._cuts = cuts
        self.found: set[str] = set()

    def visit(self, node: ast.AST) -> Any:
        key = ATTEMPT if isinstance(node, ast.Try) else ""
        if isinstance(node, ast.stmt) and key not in self._cuts:
            key = ast.unparse(node)
        if key not in self._cuts:
            return self.generic_visit(node)
        self.found.add(key)
        if isinstance(node, ast.Try):
            self.generic_visit(node)
            return node.body
        return ast.parse(self._cuts[key]).body
