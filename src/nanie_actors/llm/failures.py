"""Why a language model gave no events. What a reason says is ours: never a word of a message or an answer."""

from __future__ import annotations


class ModelFailure(Exception):
    """Base; `reason` can be logged and shown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(ModelFailure):
    """Nobody answered, or nobody who could. It says nothing about the question, which is asked again.

    `retry_after_s`: how long the other side wants to be left alone, 0 if it did not say.
    """

    def __init__(self, reason: str, retry_after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class Refused(ModelFailure):
    """The provider does not want this question: too long, against its rules, or malformed in its eyes."""


class Unusable(ModelFailure):
    """There was an answer, and it is not what was asked for."""
