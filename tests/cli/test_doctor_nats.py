"""`nanie doctor` on the app's NATS: what is missing or dangerous is said, and no secret shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from nats_app import app_on
from nats_identity import credentials_in, realm
from nats_server import NatsServer, nats_server

from nanie_actors.cli.app import main
from nanie_actors.cli.checks.nats import check_payload, check_privacy
from nanie_actors.router.nats.credentials import Credentials
from nanie_actors.settings.nats_section import NatsSettings

SECRET = "a-secret-of-ours"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NatsServer]:
    with nats_server(f'authorization {{ token: "{SECRET}" }}\n') as running:
        monkeypatch.setenv("NANIE_NATS__URL", running.url)
        monkeypatch.setenv("NANIE_NATS__TOKEN", SECRET)
        yield running


def checks() -> list[dict[str, Any]]:
    """What is said of NATS, after the libraries."""
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert SECRET not in result.output
    told = json.loads(result.stdout)["checks"]
    settings = [check["name"] for check in told].index("settings")
    return [check for check in told[settings:] if check["name"].startswith("nats")]


def test_without_an_address_nothing_is_asked() -> None:
    assert checks() == []


def test_a_server_without_streams_is_healthy_and_the_commands_are_told(server: NatsServer) -> None:
    told = checks()
    assert [(check["name"], check["status"]) for check in told] == [
        ("nats", "ok"),
        ("nats payload", "ok"),
        *[("nats streams", "warning")] * 3,
    ]
    assert "nats stream add nanie-pushes" in told[-1]["advice"]
    with app_on(server.url, token=SECRET) as app:
        assert not app.has_streams()  # it changes nothing


def test_a_stream_that_is_not_as_it_must_be_is_told(server: NatsServer) -> None:
    with app_on(server.url, token=SECRET) as app:
        for kind in ("rows", "replies", "pushes"):
            app.do(app.client.jetstream().add_stream(name=f"nanie-{kind}", subjects=[f"nanie.{kind}.*"]))
        (check,) = [check for check in checks() if check["name"] == "nats streams"]
        assert check["status"] == "failed"
        assert "nats stream edit nanie-pushes --max-msgs-per-subject 1" in check["advice"]
        known = app.client.jetstream()
        pushes = app.do(known.stream_info("nanie-pushes")).config
        app.do(known.update_stream(pushes, max_msgs_per_subject=1))
        assert [check["status"] for check in checks()] == ["ok"] * 3


@pytest.mark.usefixtures("server")
def test_a_refused_identity_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_NATS__TOKEN", "another")
    (check,) = checks()
    assert (check["status"], "nats.creds_file" in check["advice"]) == ("failed", True)


def test_a_server_that_is_away_is_told(server: NatsServer) -> None:
    server.kill()
    (check,) = checks()
    assert "cannot be reached" in check["found"]


def test_settings_that_cannot_be_used_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_NATS__URL", f"nats://worker:{SECRET}@nats.example")
    (check,) = checks()
    assert "nats.url holds a user" in check["advice"]


@pytest.mark.usefixtures("server")
def test_a_file_that_others_can_read_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = credentials_in(tmp_path, realm().credentials)
    monkeypatch.setenv("NANIE_NATS__CREDS_FILE", str(path))
    monkeypatch.delenv("NANIE_NATS__TOKEN")
    path.chmod(0o644)
    assert checks()[0]["advice"] == f"run: chmod o-rwx '{path}'"
    path.chmod(0o600)
    assert checks()[0]["name"] == "nats"


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NANIE_NATS__URL", "nats://nats.example")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (check,) = checks()
    assert check["advice"] == "run: pip install 'nanie-actors[nats]'"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nats://127.0.0.1", 0),
        ("nats://nats.example", 1),
        ("tls://nats.example", 0),
        ("nats://localhost,nats://b", 1),
    ],
)
def test_beyond_the_machine_the_clear_is_warned_of(url: str, told: int) -> None:
    assert len(list(check_privacy(Credentials.of(NatsSettings(url=url))))) == told


def test_short_messages_are_warned_of() -> None:
    assert check_payload(1 << 20).status == "ok"
    assert check_payload(65_536).status == "warning"
