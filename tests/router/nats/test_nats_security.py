"""Who we are, in the open or not, and what of it may be seen; and the configuration in docs/nats.md."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import trustme
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats_app import App, app_on
from nats_identity import credentials_in, realm
from nats_server import nats_server
from nats_world import WITHIN_S, Inbox, Kept, push, reply, settle, transport_on, until

from nanie_actors.router.nats.transport import CONNECTION

DOCUMENTED = Path(__file__).parents[3] / "docs" / "nats.md"
SECRET = "a-secret-of-ours"
USER = f'authorization {{ user: worker, password: "{SECRET}" }}\n'
TOKEN = f'authorization {{ token: "{SECRET}" }}\n'


def works(url: str, **given: Any) -> None:
    kept = Kept()
    with transport_on(url, Inbox(), kept, **given) as transport:
        until(lambda: kept.value is not None, "the connection")
        told = Queue[bool]()
        transport.deliver(push("c1", {}), told.put)
        assert told.get(timeout=WITHIN_S)


def refusal(url: str, caplog: pytest.LogCaptureFixture, **given: Any) -> str:
    """What is told instead; the secret is never in it."""
    with transport_on(url, Inbox(), **given) as transport:
        until(lambda: CONNECTION in transport.status.facts())
        told = str(transport.status.facts()[CONNECTION])
        shown = (caplog.text, told, repr(vars(transport)), repr(transport._credentials))
    assert not any(SECRET in text for text in shown)
    return told


def test_a_user_with_a_password_is_let_in_and_others_are_not(caplog: pytest.LogCaptureFixture) -> None:
    with nats_server(USER) as server:
        works(server.url, user="worker", password=SECRET)
        for wrong in ({"user": "worker", "password": f"not-{SECRET}"}, {}, {"token": SECRET}):
            assert "does not let us in" in refusal(server.url, caplog, **wrong)


def test_a_token_is_let_in_and_others_are_not(caplog: pytest.LogCaptureFixture) -> None:
    with nats_server(TOKEN) as server:
        works(server.url, token=SECRET)
        assert "does not let us in" in refusal(server.url, caplog, token=f"not-{SECRET}")


def test_a_credentials_file_is_let_in_and_that_of_another_realm_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here, elsewhere = realm(), realm()
    with nats_server(here.config) as server:
        works(server.url, creds_file=credentials_in(tmp_path, here.credentials))
        wrong = credentials_in(tmp_path, elsewhere.credentials)
        assert "does not let us in" in refusal(server.url, caplog, creds_file=wrong)
    for line in (here.credentials + elsewhere.credentials).splitlines():
        assert len(line) < 50 or line not in caplog.text


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def certified(authority: trustme.CA, folder: Path, *, ours: bool = False) -> tuple[str, Path]:
    """A server's configuration with TLS, and the file of who is to be trusted."""
    trusted, paper = folder / "ca.pem", folder / "server.pem"
    authority.cert_pem.write_to_path(str(trusted))
    made = authority.issue_cert("127.0.0.1")
    made.private_key_and_cert_chain_pem.write_to_path(str(paper))
    verify = f'ca_file: "{trusted}", verify: true' if ours else ""
    return f'tls {{ cert_file: "{paper}", key_file: "{paper}", {verify} }}\n', trusted


def test_with_tls_a_trusted_server_is_talked_to(
    tmp_path: Path, authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    config, trusted = certified(authority, tmp_path)
    with nats_server(config + TOKEN) as server:
        url = server.url.replace("nats://", "tls://")
        works(url, ca_file=trusted, token=SECRET)
        assert "not trusted" in refusal(url, caplog, token=SECRET)
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(str(other))
        assert "not trusted" in refusal(url, caplog, ca_file=other, token=SECRET)


def test_a_server_may_ask_for_a_certificate_of_ours(tmp_path: Path, authority: trustme.CA) -> None:
    config, trusted = certified(authority, tmp_path, ours=True)
    mine = tmp_path / "mine.pem"
    authority.issue_cert("worker.example").private_key_and_cert_chain_pem.write_to_path(str(mine))
    with nats_server(config) as server:
        works(server.url.replace("nats://", "tls://"), ca_file=trusted, cert_file=mine, key_file=mine)


def test_a_server_that_does_not_encrypt_is_told_nothing(
    tmp_path: Path, authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody between could take "TLS" out of what it says, and would be handed our credentials."""
    _, trusted = certified(authority, tmp_path)
    with nats_server(TOKEN) as server:
        url = server.url.replace("nats://", "tls://")
        told = refusal(url, caplog, ca_file=trusted, token=SECRET)
    assert "does not offer TLS" in told


# ── docs/nats.md ────────────────────────────────────────────────────────────────────────────────────────


WORKER: dict[str, Any] = {"user": "worker", "password": "change-me-too"}


def documented() -> str:
    (config,) = re.findall(r"```conf\n(.*?)```", DOCUMENTED.read_text("utf-8"), re.DOTALL)
    return str(config)


def as_(name: str) -> dict[str, Any]:
    return {"user": name, "password": f"change-me-{name}", "inbox_prefix": f"nanie.inbox.{name}"}


def denied(app: App, work: Coroutine[Any, Any, Any]) -> None:
    """The server leaves a request that is not allowed unanswered."""
    with pytest.raises(NatsTimeout):
        app.do(work)


def test_with_the_documented_configuration_each_reaches_their_own_conversation_only() -> None:
    inbox, kept, told, heard = Inbox(), Kept(), Queue[bool](), Queue[str]()

    async def hear(message: Msg) -> None:
        heard.put(message.subject)

    with (
        nats_server(documented()) as server,
        transport_on(server.url, inbox, kept, **WORKER) as transport,
    ):
        until(lambda: kept.value is not None, "the worker's streams")
        with app_on(server.url, **as_("anna")) as anna, app_on(server.url, **as_("ben")) as ben:
            for app in (anna, ben):
                name = "anna" if app is anna else "ben"
                for kind in ("replies", "pushes"):
                    app.do(app.client.subscribe(anna.names.subject(kind, name), cb=hear))
                app.do(app.client.flush())
            anna.say("anna", "x")
            row = inbox.next()
            transport.deliver(reply(row), settle(transport, row.row_id))
            transport.deliver(push("anna", {"u": "anna"}), told.put)
            assert told.get(timeout=WITHIN_S)
            assert {heard.get(timeout=WITHIN_S) for _ in range(2)} == {
                "nanie.replies.anna",
                "nanie.pushes.anna",
            }
            newest = anna.client.jetstream().get_last_msg("nanie-pushes", "nanie.pushes.anna", direct=True)
            assert b'"anna"' in (anna.do(newest).data or b"")
            ask = ben.client.jetstream(timeout=0.2)
            body = b'{"id":"1","content":"x"}'
            denied(ben, ask.publish("nanie.rows.anna", body, timeout=0.2))
            denied(ben, ask.get_last_msg("nanie-pushes", "nanie.pushes.anna", direct=True))
            denied(ben, ask.get_msg("nanie-replies", 1))
            denied(ben, ask.stream_info("nanie-replies"))
            denied(ben, ask.add_consumer("nanie-replies", filter_subject="nanie.replies.ben"))
            for subject in ("nanie.replies.anna", "nanie.pushes.*", "nanie.inbox.anna.>", "_INBOX.>", ">"):
                ben.do(ben.client.subscribe(subject, cb=hear))
            ben.do(ben.client.flush())
            transport.deliver(push("anna", {"u": "again"}), told.put)
            assert told.get(timeout=WITHIN_S)
            assert heard.get(timeout=WITHIN_S) == "nanie.pushes.anna"  # Anna's own
            ben.do(ben.client.flush())
            assert heard.empty()


def test_a_worker_that_may_not_make_streams_says_which_command_does(caplog: pytest.LogCaptureFixture) -> None:
    config = documented().replace('"$JS.API.STREAM.CREATE.*", ', "")
    with (
        nats_server(config) as server,
        transport_on(server.url, Inbox(), **WORKER, request_timeout_s=0.3) as transport,
    ):
        until(lambda: CONNECTION in transport.status.facts())
        told = transport.status.facts()[CONNECTION]
    assert "run nats stream add nanie-rows --subjects 'nanie.rows.*'" in told
    assert "run nats stream add nanie-rows" in caplog.text


def test_a_subject_that_is_not_allowed_is_told_and_works_once_it_is(caplog: pytest.LogCaptureFixture) -> None:
    config = documented().replace('"nanie.pushes.*", ', "")
    told = Queue[bool]()
    with (
        nats_server(config) as server,
        transport_on(server.url, Inbox(), **WORKER, request_timeout_s=0.3) as transport,
    ):
        transport.deliver(push("anna", {"u": 1}), told.put)
        until(lambda: "its subjects" in transport.status.facts().get("publishing", ""), "the refusal")
        server.kill()
        server.start(documented())
        assert told.get(timeout=WITHIN_S)
    assert "docs/nats.md" in caplog.text
