"""Servers and identity: what is missing or wrong is said before anything runs, and never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nats_identity import realm
from processes import run
from pydantic import ValidationError

from nanie_actors.errors import SettingsError
from nanie_actors.router.nats.credentials import Credentials
from nanie_actors.settings.nats_section import NatsSettings

URL = "tls://nats.example:4222"
SECRET = "a-secret-of-ours"


def credentials(**given: Any) -> Credentials:
    return Credentials.of(NatsSettings.model_validate(given))


def test_several_servers_are_written_with_commas() -> None:
    made = credentials(url=f"{URL}, tls://other.example", token=SECRET)
    assert made.servers == (URL, "tls://other.example")
    assert made.encrypted


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "nats.url is not set"),
        ({"url": " , "}, "nats.url is not set"),
        ({"url": "nats.example"}, "nats.url is no address"),
        ({"url": "https://nats.example"}, "nats.url is no address"),
        ({"url": "nats://:4222"}, "nats.url is no address"),
        ({"url": "nats://nats.example:port"}, "nats.url is no address"),
        ({"url": f"nats://worker:{SECRET}@nats.example"}, "nats.url holds a user"),
        ({"url": f"nats://{SECRET}@nats.example"}, "nats.url holds a user"),
        ({"url": "nats://a,tls://b"}, "mixes nats:// and tls://"),
        ({"url": URL, "user": "worker"}, "belong together"),
        ({"url": URL, "password": SECRET}, "belong together"),
        ({"url": URL, "user": "worker", "password": SECRET, "token": SECRET}, "more than one identity"),
        ({"url": URL, "creds_file": "gone", "token": SECRET}, "more than one identity"),
        ({"url": URL, "creds_file": "gone"}, "nats.creds_file cannot be read"),
        ({"url": URL, "ca_file": "gone"}, "cannot be read"),
        ({"url": URL, "key_file": "gone"}, "needs nats.cert_file"),
        ({"url": "nats://nats.example", "ca_file": "gone"}, "need addresses that begin with tls://"),
    ],
)
def test_what_is_missing_or_wrong_says_what_to_do(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        credentials(**given)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"-----BEGIN NATS USER JWT-----\nx\n", b"no credentials"]
)
def test_a_file_that_holds_no_credentials_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "nats.creds"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"nats\.creds_file holds no"):
        credentials(url=URL, creds_file=path)
    path.write_text(realm().credentials)
    assert credentials(url=URL, creds_file=path).options["user_credentials"] == str(path)


def test_a_file_that_holds_no_certificate_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("no certificate")
    for given in ({"ca_file": path}, {"cert_file": path}):
        with pytest.raises(SettingsError, match=r"nothing that can be used"):
            credentials(url=URL, **given)


def test_secrets_are_not_shown() -> None:
    settings = NatsSettings.model_validate({"url": URL, "user": "worker", "password": SECRET})
    assert SECRET not in repr(settings) + repr(Credentials.of(settings))


@pytest.mark.parametrize("prefix", ["", "a b", "a..b", ".a", "a.", "a.*", ">", "a_b", "é", "x" * 129])
def test_a_prefix_that_is_no_subject_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError, match="must be words"):
        NatsSettings(prefix=prefix)
    assert NatsSettings(prefix="app.nanie-2").prefix == "app.nanie-2"


def test_the_command_says_it_in_one_line(tmp_path: Path) -> None:
    done = run("run", "--router", "nats", "--state", str(tmp_path / "state"))
    assert done.returncode == 1
    assert done.stderr.decode().startswith("nanie: nats.url is not set")
    assert done.stderr.count(b"\n") == 1
