"""ES modules of one folder as one script, for a file that is opened without a server.

A page from disk may not load modules from beside it, so they are put into it: each becomes a function that
gives what the module exports. No more is asked of a bundler here, because the modules keep to two forms, and
anything else is refused: `import { a, b } from "./x.js";` and `export` before `function`, `class` or `const`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.-]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_REFUSED = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)
_NAMES = re.compile(r"\w+(?:\s*,\s*\w+)*,?")


class NotBundled(ValueError):
    """A module with a form of import or export that is not known here."""


def bundled(modules: Mapping[str, str], entry: str) -> str:
    """The script that does what loading `entry` would, of modules by file name. Raises NotBundled."""
    order: list[str] = []
    _visit(modules, entry, order, ())
    functions = (_as_function(name, modules[name]) for name in order)
    return "const modules = {};\n" + "".join(functions)


def _visit(modules: Mapping[str, str], name: str, order: list[str], above: tuple[str, ...]) -> None:
    if name in above:
        raise NotBundled(f"{name} imports itself by way of {' and '.join(above)}")
    if name in order:
        return
    if name not in modules:
        raise NotBundled(f"{above[-1] if above else 'nobody'} imports {name}, which is not there")
    for found in _IMPORT.finditer(modules[name]):
        _visit(modules, found[2], order, (*above, name))
    order.append(name)


def _as_function(name: str, text: str) -> str:
    exported = _EXPORT.findall(text)
    body = _EXPORT.sub("", _IMPORT.sub(_as_constant, text))
    if refused := _REFUSED.search(body):
        raise NotBundled(f"{name}: {refused[0]}")
    return f'modules["{name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();\n'


def _as_constant(found: re.Match[str]) -> str:
    names = " ".join(found[1].split())
    if not _NAMES.fullmatch(names):
        raise NotBundled(found[0])
    return f'const {{ {names} }} = modules["{found[2]}"];'
