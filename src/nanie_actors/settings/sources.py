"""The three places that settings are read from, each as it stands there: nothing is validated yet."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from nanie_actors.settings.model import Settings
from nanie_actors.settings.versions import KEY, Removed, Renamed, former, problem_of

DEFAULT_FILE = Path("nanie.toml")
"""Read from the current directory when it is there and no other file is named."""

ENV_PREFIX = "NANIE_"
_ENVIRONMENT = "environment"

Location = tuple[str | int, ...]
"""Section, key, and what follows inside a key's value, as pydantic reports it."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one place holds, as `{section: {key: value}}`, and what is wrong with the place as a whole."""

    name: str
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: Sequence[str] = ()

    def holds(self, location: Location) -> bool:
        """Whether this place says something about a section or a key."""
        section = self.values.get(str(location[0]))
        return section is not None and (len(location) == 1 or location[1] in section)

    def call(self, location: Location) -> str:
        """What people call this section, key or entry, with the place where they wrote it."""
        section, *inside = location
        if self.name == _ENVIRONMENT:
            return _joined(variable(str(section), *map(str, inside[:1])), inside[1:])
        return _joined(f"{self.name}: [{section}]", inside)

    def call_here(self, location: Location) -> str:
        """The same for people who know the place already: only the last part, where that is enough."""
        *above, last = location
        if self.name == _ENVIRONMENT and len(above) == 1:
            return variable(str(above[0]), str(last))
        return str(last) if above else f"[{last}]"

    def call_setting(self, dotted: str) -> str:
        """The section, or `section.key`, as it is to be written in this place."""
        section, _, key = dotted.partition(".")
        if self.name == _ENVIRONMENT:
            return variable(section, *([key] if key else ()))
        return _joined(f"[{section}]", [key] if key else [])

    def became(self, location: Location) -> str | None:
        """What is said of a former name; None for one that never was a setting's."""
        match former(location):
            case Renamed(now):
                return f"has another name now: {self.call_setting(now)}."
            case Removed(instead):
                return f"is no setting any more: {instead}"
            case None:
                return None


def _joined(head: str, steps: Sequence[str | int]) -> str:
    return " ".join([head, *(f"entry {step + 1}" if isinstance(step, int) else step for step in steps)])


def from_command_line(overrides: Mapping[str, Any]) -> Source:
    """Options, as `{"section.key": value}`."""
    values: dict[str, dict[str, Any]] = {}
    for dotted, value in overrides.items():
        section, _, key = dotted.partition(".")
        values.setdefault(section, {})[key] = value
    return Source("command line", values)


def from_environment() -> Source:
    """Variables `NANIE_<SECTION>__<KEY>`; values that are no plain text are written as JSON."""
    names = [name for name in os.environ if name.startswith(ENV_PREFIX)]
    problems = [problem for name in names for problem in _misnamed(name)]
    return Source(_ENVIRONMENT, {} if problems else _Environment(Settings)(), problems)


def from_file(config: Path | None) -> Source:
    """A TOML file: the one named, or else `nanie.toml` of the current directory if it is there."""
    path = config or DEFAULT_FILE
    if config is None and not path.exists():
        return Source(str(path))
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        problem = f"{path}: cannot be read ({error.strerror}): name a readable file with --config."
    except UnicodeDecodeError:
        problem = f"{path}: is not UTF-8 text: save it as UTF-8."
    except tomllib.TOMLDecodeError as error:
        problem = f"{path}: is not TOML: {error}."
    else:
        return _sorted_out(str(path), content)
    return Source(str(path), problems=[problem])


def variable(section: str, key: str = "*") -> str:
    """The environment variable of a setting."""
    return f"{ENV_PREFIX}{section}__{key}".upper()


def did_you_mean(wrong: str, known: Mapping[str, str]) -> str:
    """The end of a sentence that refuses a name. `known` is each right name with how it is to be shown."""
    close = get_close_matches(wrong, known, n=1)
    if close:
        return f"did you mean {known[close[0]]}?"
    return f"known are {', '.join(known.values())}."


class _Environment(EnvSettingsSource):
    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Leave text that is no JSON to the validation, whose error can name the variable."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def _misnamed(name: str) -> Iterator[str]:
    """Variables that pydantic-settings would pass over; unknown keys of a known section it does report."""
    section, separator, key = name.removeprefix(ENV_PREFIX).lower().partition("__")
    if not separator:
        yield f"{name} is no setting: settings are called {ENV_PREFIX}<SECTION>__<KEY>."
    elif section not in Settings.model_fields:
        known = {known: variable(known, key) for known in Settings.model_fields}
        became = Source(_ENVIRONMENT).became((section, key))
        yield f"{name} {became or f'is no setting: {did_you_mean(section, known)}'}"


def _sorted_out(name: str, content: dict[str, Any]) -> Source:
    problem = problem_of(name, content.pop(KEY, 1))
    if problem is not None:
        return Source(name, problems=[problem])  # what else it says may be right where it belongs
    outside = [key for key, value in content.items() if not isinstance(value, Mapping)]
    problems = [
        f"{name}: {key} stands outside of any section: write it below a [section]." for key in outside
    ]
    return Source(name, {key: content[key] for key in content if key not in outside}, problems)
