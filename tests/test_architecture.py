"""The import table: who may know of whom. Read from the source itself, so it cannot drift from it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1] / "src" / "nanie_actors"
SOURCES = sorted(ROOT.rglob("*.py"))

LINES = 250
LONGER = {
    "messages.py": "all that actors tell each other, to be read in one go",
    "runtime/pool.py": "how threads wake each other: one argument, and the code that it is about",
}
"""Files that are longer, and why."""

FOREIGN_AT_HOME = {
    "pykka": ("runtime/",),
    "structlog": ("logs.py",),
    "click": ("cli/",),
    "rich": ("cli/",),
    "segno": ("qr_code.py",),
    "prometheus_client": ("observability/exposition.py",),
    "icalendar": ("export/ics.py",),
    "opentelemetry": ("observability/otel.py",),
    "any_llm": ("llm/provider.py",),
    "neonize": ("whatsapp/bridge/",),
    "google": ("whatsapp/bridge/",),
    "pylibmagic": ("whatsapp/bridge/",),
    "supabase": ("router/supabase/",),
    "postgrest": ("router/supabase/",),
    "realtime": ("router/supabase/",),
    "httpx": ("router/supabase/",),
    "nats": ("router/nats/",),
    "starlette": ("web/",),
    "uvicorn": ("web/server.py", "web/protocols.py"),
    "pydantic": (
        "inspection/wire.py",
        "llm/answer.py",
        "protocol/commands.py",
        "router/envelope.py",
        "settings/",
        "router/supabase/",
        "whatsapp/recording.py",
    ),
    "pydantic_core": ("settings/",),
    "pydantic_settings": ("settings/",),
    "tzlocal": ("settings/",),
    "msgspec": ("value.py",),
}
"""Where a library may be imported: what comes in from outside is turned into our own types there."""

ANYWHERE = {"orjson"}
"""The JSON of the hot path is everybody's."""

NOUNS = {"errors", "model", "value"}
EDGES = {"router.edge", "whatsapp.edge", "inspection.port"}
MAY_KNOW: dict[str, set[str]] = {
    "errors": set(),
    "model": {"errors"},
    "value": set(),
    "runtime": set(),
    "following": {"model", "runtime"},
    "ticket": {"following"},
    "histogram": set(),
    "packed_keys": set(),
    "timeline": NOUNS | {"packed_keys", "protocol"},
    "protocol": NOUNS | {"timeline"},
    "settings": {"errors", "__version__"},
    "llm": NOUNS | {"actors.token_bucket", "settings", "timeline"},
    "storage": NOUNS | {"histogram", "packed_keys"},
    "whatsapp": NOUNS | {"settings", "storage"},
    "router": NOUNS | {"protocol", "settings"},
    "inspection": NOUNS | {"router", "runtime"},
    "export": NOUNS,
    "backup": NOUNS | {"inspection.control_client", "storage"},
    "web": NOUNS | {"following", "inspection", "qr_code", "router", "settings", "whatsapp"},
    "messages": NOUNS | EDGES | {"protocol", "runtime", "storage", "ticket", "timeline"},
    "actors": NOUNS
    | EDGES
    | {
        "following",
        "histogram",
        "packed_keys",
        "messages",
        "protocol",
        "runtime",
        "settings",
        "storage",
        "ticket",
        "timeline",
        "whatsapp.recording",
    },
}
"""Area or module → what of the project it may import, beside itself. Who is not named here puts the others
together (the worker, the command line) and may know everybody."""

PURE = (
    "model.py",
    "errors.py",
    "timeline/",
    "protocol/",
    "export/",
    "llm/answer.py",
    "llm/breaker.py",
    "llm/desk.py",
    "llm/local_time.py",
    "llm/prompt.py",
    "whatsapp/live/connection.py",
    "whatsapp/live/connection_status.py",
    "whatsapp/live/pacing.py",
    "whatsapp/live/sending.py",
)
EFFECTS = {"asyncio", "os", "random", "shutil", "socket", "subprocess", "tempfile", "threading", "time"}
"""The clock, the disk, threads and the network: what a pure module does without."""

REAL_DISKS = ("storage.real_disk", "storage.direct_disk")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def area_of(path: Path) -> str:
    return name_of(path).split("/")[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file."""
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                # `from package import module` names a module as well.
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.ImportFrom():
                raise AssertionError(f"{path}: a relative import hides who is known")
            case _:
                pass


def own_imports(path: Path) -> set[str]:
    prefix = "nanie_actors."
    return {name.removeprefix(prefix) for name in imports(path) if name.startswith(prefix)}


def foreign_imports(path: Path) -> set[str]:
    tops = {name.split(".")[0] for name in imports(path)}
    return tops - set(sys.stdlib_module_names) - {"nanie_actors"}


def within(name: str, places: Iterable[str]) -> bool:
    return any(name == place or (place.endswith("/") and name.startswith(place)) for place in places)


def length_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_table_is_read_from_the_whole_source() -> None:
    assert len(SOURCES) > 100
    assert {area_of(path) for path in SOURCES} >= set(MAY_KNOW)
    assert "nanie_actors.model.GroupId" in imports(ROOT / "messages.py")


def test_a_foreign_library_is_imported_only_where_it_is_at_home() -> None:
    strays = {
        (name_of(path), library)
        for path in SOURCES
        for library in foreign_imports(path) - ANYWHERE
        if not within(name_of(path), FOREIGN_AT_HOME.get(library, ()))
    }
    assert strays == set()


def test_an_area_knows_only_whom_it_may_know() -> None:
    strangers = {
        (name_of(path), name)
        for path in SOURCES
        if (area := area_of(path)) in MAY_KNOW
        for name in own_imports(path)
        if not f"{name}.".startswith(tuple(f"{known}." for known in MAY_KNOW[area] | {area}))
    }
    assert strangers == set()


def test_what_is_pure_touches_neither_clock_nor_disk_nor_thread() -> None:
    effects = {
        (name_of(path), name)
        for path in SOURCES
        if within(name_of(path), PURE)
        for name in imports(path)
        if name.split(".")[0] in EFFECTS
    }
    assert effects == set()


def test_only_who_puts_the_worker_together_chooses_a_disk() -> None:
    choosers = {
        area_of(path)
        for path in SOURCES
        for name in own_imports(path)
        if name.startswith(REAL_DISKS) and area_of(path) != "storage"
    }
    assert choosers <= {"assembly", "cli", "router_opening"}


def test_every_module_says_what_it_is() -> None:
    assert [name_of(path) for path in SOURCES if not ast.get_docstring(tree_of(path))] == []


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    """And who became short again leaves the list of those that may be longer."""
    assert {name_of(path) for path in SOURCES if length_of(path) > LINES} == set(LONGER)
