"""The provider of the model, through the one library that knows them all; its errors become ours here."""

from __future__ import annotations

import logging
from typing import Any, Final

from any_llm import AnyLLM
from any_llm.exceptions import (
    AnyLLMError,
    AuthenticationError,
    ContentFilterError,
    ContentFilterFinishReasonError,
    ContextLengthExceededError,
    InsufficientFundsError,
    InvalidRequestError,
    LengthFinishReasonError,
    ModelNotFoundError,
    RateLimitError,
)

from nanie_actors.errors import SettingsError
from nanie_actors.llm.failures import ModelFailure, Refused, Unreachable, Unusable
from nanie_actors.llm.prompt import Message
from nanie_actors.settings.llm_section import LlmSettings

ANSWER_TOKENS: Final = 4_096
"""What an answer may cost: fifty events take about 3,000."""

NO_KEY: Final = "none"
"""What a server at `base_url` is given where no key is set: never another provider's of the environment."""

TALKATIVE: Final = ("any_llm", "openai", "anthropic", "httpx2", "httpcore2", "google_genai")
"""Libraries that log requests, texts included, when the log is set to `debug`."""


class Provider:
    """One model of one provider. To be used within one event loop."""

    def __init__(self, settings: LlmSettings) -> None:
        """Raises SettingsError for a provider that the library does not have, or that lacks something."""
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        provider, _, self._model = settings.model.partition(":")
        key = settings.key.get_secret_value()
        try:
            self._client = AnyLLM.create(
                provider,
                api_key=key or (NO_KEY if settings.base_url else None),
                api_base=settings.base_url or None,
                unified_exceptions=True,
                **_without_retries(provider),
            )
        except (AnyLLMError, ImportError, ValueError) as error:
            raise SettingsError(
                f"llm.model = {settings.model!r} cannot be used ({type(error).__name__}): set llm.key "
                f"(NANIE_LLM__KEY), and see that the provider's own package is there: "
                f"pip install 'any-llm-sdk[{provider}]'."
            ) from error

    async def complete(self, messages: list[Message]) -> str:
        """The model's answer. Raises ModelFailure; the caller sets the limit of time."""
        try:
            # No temperature, no format of the answer: not every model takes them.
            turns: list[Any] = list(messages)
            completion: Any = await self._client.acompletion(self._model, turns, max_tokens=ANSWER_TOKENS)
        except Exception as error:  # noqa: BLE001 - whatever a provider's library raises ends here
            raise _failure(error) from None  # what it says may quote the text
        return _content(completion)


def _without_retries(provider: str) -> dict[str, Any]:
    """It is our breaker that tries again; a library that does as well would not be seen to."""
    native = AnyLLM.get_provider_class(provider).MAX_RETRIES_SUPPORT
    return {} if native == "unsupported" else {"max_retries": 0}


def _content(completion: Any) -> str:
    try:
        choice = completion.choices[0]
        content = choice.message.content
    except (AttributeError, IndexError, TypeError):
        raise Unusable("no answer in the provider's form") from None
    if choice.finish_reason == "length":
        raise Unusable("an answer that is cut off")
    if not isinstance(content, str) or not content.strip():
        raise Unusable("an empty answer")
    return content


def _failure(error: Exception) -> ModelFailure:
    match error:
        case RateLimitError():
            return Unreachable("too many requests", _seconds(error.retry_after))
        case AuthenticationError():
            return Unreachable("the key is refused")
        case InsufficientFundsError():
            return Unreachable("the account has no money left")
        case ModelNotFoundError():
            return Unreachable("there is no such model")
        case ContentFilterError() | ContentFilterFinishReasonError():
            return Refused("against the provider's rules")
        case ContextLengthExceededError():
            return Refused("too long for the model")
        case LengthFinishReasonError():
            return Unusable("an answer that is cut off")
        case InvalidRequestError():
            return Refused("not a request in the provider's eyes")
        case AnyLLMError(status_code=int(status)):
            return Unreachable(f"the provider answers with status {status}")
        case _:
            return Unreachable(f"no connection ({type(error).__name__})")


def _seconds(retry_after: str | None) -> float:
    """The header in its form as a number; a date is left to our own pauses."""
    try:
        return float(retry_after or 0)
    except ValueError:
        return 0.0
