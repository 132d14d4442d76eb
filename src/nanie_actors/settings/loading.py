"""Settings out of the command line, the environment and a file, in this order of priority.

Every problem is told with the place that it comes from. Nothing is passed over: a misspelt key would leave
its default in force without anybody noticing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from nanie_actors.errors import SettingsError
from nanie_actors.settings.model import Settings
from nanie_actors.settings.sources import (
    Location,
    Source,
    did_you_mean,
    from_command_line,
    from_environment,
    from_file,
)

_SHOWN_CHARACTERS = 60


def load_settings(config: Path | None, overrides: Mapping[str, Any]) -> Settings:
    """Read the settings: `overrides` (`{"state.dir": …}`) over the environment over `config` over defaults.

    Without `config`, `nanie.toml` of the current directory is read if it is there. Raises SettingsError
    with one line for each problem found.
    """
    sources = (from_command_line(overrides), from_environment(), from_file(config))
    problems = [problem for source in sources for problem in source.problems]
    try:
        settings = Settings(**_merged(sources))
    except ValidationError as error:
        problems += [_tell(details, sources) for details in error.errors()]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _merged(sources: Sequence[Source]) -> dict[str, Any]:
    merged: dict[str, dict[str, Any]] = {}
    for source in reversed(sources):
        for section, values in source.values.items():
            merged.setdefault(section, {}).update(values)
    return merged


def _tell(details: ErrorDetails, sources: Sequence[Source]) -> str:
    """One validation error as a sentence that begins with the place of what is wrong."""
    location = details["loc"]
    source = next(source for source in sources if source.holds(location))
    if details["type"] == "extra_forbidden":
        told = source.became(location) or f"is no setting: {_hint(location, source)}"
        return f"{source.call(location)} {told}"
    message = _in_our_words(details["msg"])
    if isinstance(details["input"], Mapping | BaseModel):
        return f"{source.call(location)}: {message}."
    return f"{source.call(location)} = {_shown(details['input'])}: {message}."


def _in_our_words(message: str) -> str:
    message = message.removeprefix("Value error, ").replace("Input should be", "must be", 1)
    return message.replace("a valid tuple", "a list of tables (in the environment: JSON)")


def _hint(location: Location, source: Source) -> str:
    *parents, wrong = location
    model = _model_at(parents)
    return did_you_mean(
        str(wrong), {known: source.call_here((*parents, known)) for known in model.model_fields}
    )


def _model_at(location: Sequence[str | int]) -> type[BaseModel]:
    """The model whose fields may stand at a location: numbers are entries of a list of one model."""
    model: type[BaseModel] = Settings
    for step in location:
        if isinstance(step, str):
            annotation: Any = model.model_fields[step].annotation
            model = next(iter(get_args(annotation)), annotation)
    return model


def _shown(value: object) -> str:
    text = repr(str(value) if isinstance(value, Path) else value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
