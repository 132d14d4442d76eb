"""Text as the library hands it over, made fit for the rest of the program."""

from __future__ import annotations


def clean(text: str | bytes) -> str:
    """The text as it is. What is no UTF-8 comes as bytes, though the library's types deny it: any sender can
    do that, so it is decoded as far as it goes."""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def lines(*parts: str | bytes) -> str:
    """The parts that say something, one below the other."""
    return "\n".join(clean(part) for part in parts if part)
