"""The settings of the language model: what cannot work is refused before anything runs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from nanie_actors.settings.llm_section import LlmSettings


@pytest.mark.parametrize("model", ["gpt", ":gpt", "openai:", " : "])
def test_a_model_is_named_with_its_provider(model: str) -> None:
    with pytest.raises(ValidationError, match="openai:gpt-5-mini"):
        LlmSettings(model=model)


def test_a_models_own_name_may_hold_colons() -> None:
    assert LlmSettings(model="ollama:llama3:8b").model == "ollama:llama3:8b"


@pytest.mark.parametrize("address", ["localhost:11434", "ftp://host/v1", "http://"])
def test_an_address_is_one_of_the_web(address: str) -> None:
    with pytest.raises(ValidationError, match="no address"):
        LlmSettings(base_url=address)


def test_a_key_is_never_shown() -> None:
    settings = LlmSettings.model_validate({"key": "sk-secret"})
    assert "sk-secret" not in f"{settings!r} {settings.model_dump_json()}"
