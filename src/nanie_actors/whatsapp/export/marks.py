"""The invisible characters WhatsApp writes into an export, and what is taken for them."""

from __future__ import annotations

import re
import string

MARKS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Bidirectional marks, embeddings and isolates, and the byte order mark: they carry no text."""

GENERATED = ("\u200e", "\u200f")
"""An iPhone begins what WhatsApp itself says (a notice, a media placeholder) with one of these."""

_AROUND = MARKS + string.whitespace + "\u00a0\u202f"
_MENTION = re.compile("@[\u2068\u2066]([^\u2069]{0,200})\u2069")
_NAME_SPACES = {ord(space): " " for space in "\u00a0\u202f\u2007\u2009"}
_NAME_RULES = _NAME_SPACES | {ord("\u2011"): "-"} | {ord(mark): None for mark in MARKS}


def plain_name(raw: str) -> str:
    """A sender's or a group's name without marks, with ordinary spaces and hyphens.

    A number that is not in the phone's contacts is written with isolates, narrow spaces and non-breaking
    hyphens; a person who is not, as `~ Name`: the name they chose themselves.
    """
    name = " ".join(raw.translate(_NAME_RULES).split())
    return name[1:].lstrip() if name.startswith("~") and len(name) > 1 else name


def plain_text(raw: str) -> str:
    """A message's text without the marks WhatsApp puts around it and around the names it mentions."""
    if "@" in raw:
        raw = _MENTION.sub(r"@\1", raw)
    return raw.strip(_AROUND)
