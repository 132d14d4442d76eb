"""Opens the language model where the settings name it as the extractor, and the extra `llm` is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nanie_actors.errors import SettingsError
from nanie_actors.logs import hide
from nanie_actors.settings import Settings
from nanie_actors.timeline.extractors.loading import READ_BY_MODEL

if TYPE_CHECKING:
    from nanie_actors.llm.provider import Provider
    from nanie_actors.llm.reader import ModelReader


def open_model(settings: Settings) -> ModelReader | None:
    """The model, not started; None if another extractor is set. Raises SettingsError."""
    if settings.extraction.extractor != READ_BY_MODEL:
        return None
    provider = open_provider(settings)
    from nanie_actors.llm.reader import ModelReader

    return ModelReader(settings.llm, settings.zone(), provider)


def open_provider(settings: Settings) -> Provider:
    """Whoever has the model. Asks nobody yet. Raises SettingsError for what is missing or wrong."""
    if not settings.llm.model:
        raise SettingsError("extraction.extractor is 'llm': set llm.model, e.g. to openai:gpt-5-mini.")
    hide(settings.llm.key.get_secret_value())
    try:
        # Imported when needed: it takes two seconds, and most workers do without.
        from nanie_actors.llm.provider import Provider
    except ImportError as error:
        raise SettingsError(
            f"extraction.extractor is 'llm', but {error.name} is not installed: "
            "pip install 'nanie-actors[llm]'."
        ) from None
    return Provider(settings.llm)
