"""The project's address and key: what is missing or wrong is said before anything runs, and never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from processes import run
from supabase_standin.keys import key

from nanie_actors.errors import SettingsError
from nanie_actors.router.supabase.credentials import Credentials, kind_of
from nanie_actors.settings import SupabaseSettings

URL = "https://abcdefgh.supabase.co"


def credentials(**given: Any) -> Credentials:
    return Credentials.of(SupabaseSettings.model_validate(given))


def test_a_slash_at_the_end_of_the_address_does_not_matter() -> None:
    assert credentials(url=URL + "/", key="k").url == URL


def test_the_key_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("secret-key\n")
    assert credentials(url=URL, key_file=path).key == "secret-key"


def test_a_key_is_not_shown() -> None:
    assert "secret-key" not in repr(credentials(url=URL, key="secret-key"))
    assert "secret-key" not in repr(SupabaseSettings.model_validate({"url": URL, "key": "secret-key"}))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "supabase.url is not set"),
        ({"url": "abcdefgh", "key": "k"}, "supabase.url is no address"),
        ({"url": "ftp://x", "key": "k"}, "supabase.url is no address"),
        ({"url": URL}, "NANIE_SUPABASE__KEY"),
        ({"url": URL, "key": "two words"}, "no key"),
        ({"url": URL, "key": "ключ"}, "no key"),
        ({"url": URL, "key": "sb_publishable_x"}, "a browser's key"),
        ({"url": URL, "key": key("anon")}, "a browser's key"),
        ({"url": URL, "key": key("authenticated", "somebody")}, "a browser's key"),
        ({"url": URL, "key_file": "gone"}, "supabase.key_file cannot be read"),
    ],
)
def test_what_is_missing_or_wrong_says_what_to_do(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        credentials(**given)
    assert "two words" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (key("service_role"), "service"),
        ("sb_secret_x", "service"),
        (key("anon"), "browser"),
        ("sb_publishable_x", "browser"),
        (key("a role of the project's own"), "unknown"),
        ("x", "unknown"),
        ("a.b.c", "unknown"),
        ("a.bnVsbA.c", "unknown"),
        ("a.AAAA.c", "unknown"),
    ],
)
def test_a_key_says_who_it_is_for(given: str, kind: str) -> None:
    assert kind_of(given) == kind


def test_a_file_that_holds_no_key_is_told(tmp_path: Path) -> None:
    path = tmp_path / "key"
    for content in (b"", b"\xff\xfe", b"two\nlines"):
        path.write_bytes(content)
        with pytest.raises(SettingsError):
            credentials(url=URL, key_file=path)


def test_the_command_says_it_in_one_line(tmp_path: Path) -> None:
    done = run("run", "--router", "supabase", "--state", str(tmp_path / "state"))
    assert done.returncode == 1
    assert done.stderr.decode().startswith("nanie: supabase.url is not set")
    assert done.stderr.count(b"\n") == 1
