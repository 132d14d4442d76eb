"""The project's address and key, out of the settings; what is wrong is said before anything runs."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urlsplit

import orjson

from nanie_actors.errors import SettingsError
from nanie_actors.settings.sections import SupabaseSettings


@dataclass(frozen=True, slots=True)
class Credentials:
    """`url` without a slash at its end. The key is never shown."""

    url: str
    key: str = field(repr=False)

    @classmethod
    def of(cls, settings: SupabaseSettings) -> Self:
        """Raises SettingsError saying what to set."""
        return cls(_url(settings), _key(settings))


def _url(settings: SupabaseSettings) -> str:
    if not settings.url:
        raise SettingsError(
            "supabase.url is not set: give the project's address, e.g. "
            "NANIE_SUPABASE__URL=https://abcdefgh.supabase.co."
        )
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError("supabase.url is no address: it looks like https://abcdefgh.supabase.co.")
    return settings.url.rstrip("/")


def _key(settings: SupabaseSettings) -> str:
    given = settings.key.get_secret_value().strip()
    if given:
        return _checked(given)
    if settings.key_file is None:
        raise SettingsError(
            "the service key is not set: set NANIE_SUPABASE__KEY, or name a file that holds it "
            "with supabase.key_file."
        )
    try:
        return _checked(settings.key_file.read_text("utf-8").strip())
    except OSError as error:
        raise SettingsError(f"supabase.key_file cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError:
        raise SettingsError("supabase.key_file holds no text.") from None


def _checked(key: str) -> str:
    """A key goes into HTTP headers: what cannot stand there is no key, and must not be shown in an error."""
    if not key or not key.isascii() or any(sign.isspace() or not sign.isprintable() for sign in key):
        raise SettingsError("the service key is no key: copy it again from the project's API settings.")
    if kind_of(key) == "browser":
        raise SettingsError(
            "supabase.key is a browser's key: the worker needs the service key (service_role or sb_secret_…)."
        )
    return key


def kind_of(key: str) -> Literal["service", "browser", "unknown"]:
    """Who a key is for, by its beginning, or as a token by the role in it. Nothing is verified."""
    if key.startswith("sb_secret_"):
        return "service"
    if key.startswith("sb_publishable_"):
        return "browser"
    match _role_in(key):
        case "service_role":
            return "service"
        case "anon" | "authenticated":
            return "browser"
        case _:
            return "unknown"


def _role_in(key: str) -> object:
    """The role that a token names; None if it is no token."""
    try:
        _, claims, _ = key.split(".")
        told = orjson.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except ValueError:  # of the wrong form, not base64, or no JSON
        return None
    return told.get("role") if isinstance(told, dict) else None
