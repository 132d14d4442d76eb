"""What we rely on in the library beside its documents: private names, deadly calls, words of its errors."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from bridges import WITHIN_S
from client_calls_under_test import CALLS

import nanie_actors.whatsapp.bridge as bridge_package
from nanie_actors.whatsapp.bridge import library
from nanie_actors.whatsapp.bridge.connection_events import CONNECTION_EVENTS
from nanie_actors.whatsapp.bridge.library import SendMessageError
from nanie_actors.whatsapp.bridge.send_outcomes import BEFORE_WRITING, NOT_WRITTEN, REFUSED, outcome_of
from nanie_actors.whatsapp.bridge.subscriptions import WANTED

NEONIZE = importlib.import_module("neonize")  # not at the top: the library's door comes first
ERRORS = importlib.import_module("neonize.exc")
CLIENT = importlib.import_module("neonize.client")
BRIDGE = Path(bridge_package.__file__).parent
CALLING = Path(__file__).parents[1] / "support" / "client_calls_under_test.py"
SETTING_UP = {"connect", "event", "uuid", "pairing_status"}
"""What is done to a client that calls nothing in Go, and `connect` itself."""


def test_the_library_is_the_version_that_was_verified() -> None:
    assert library.VERSION == "0.5.2"


def test_the_library_loads_where_the_system_has_no_libmagic() -> None:
    """Its import needs that C library; a package of ours brings it."""
    program = """
import ctypes.util, sys
real = ctypes.util.find_library
ctypes.util.find_library = lambda name: None if name == "magic" else real(name)
import nanie_actors.whatsapp.bridge.library, magic
assert "pylibmagic" in magic.libmagic._name, magic.libmagic
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=WITHIN_S, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_callback_that_is_taken_over_is_still_there() -> None:
    """Its name is private, so nothing but this test would tell that it went."""
    taken = library.NewClient.__dict__["_NewClient__onLoginStatus"]
    assert list(inspect.signature(taken).parameters) == ["self", "uuid", "status"]
    source = inspect.getsource(library.NewClient.connect_with_proxy)
    assert "func_string(self.__onLoginStatus)" in source


def test_the_librarys_own_thread_cannot_keep_the_process() -> None:
    thread = CLIENT.Thread(target=lambda: None, daemon=False)
    assert thread.daemon
    assert isinstance(thread, threading.Thread)


def test_what_may_end_the_event_loop_without_need_is_not_subscribed_to() -> None:
    names = {event.__name__ for event in (*WANTED, *CONNECTION_EVENTS)}
    assert "Receipt" not in names
    assert set(WANTED).isdisjoint(CONNECTION_EVENTS)


@pytest.mark.parametrize("state", ["fresh", "unpaired", "stopped"])
def test_no_call_of_ours_aborts_the_process_in_any_state(state: str, tmp_path: Path) -> None:
    """Whatever races there are between the gate and a call: none of these is one of the deadly calls."""
    done = subprocess.run(
        [sys.executable, str(CALLING), state, str(tmp_path / "session.db")],
        capture_output=True,
        timeout=WITHIN_S,
        check=False,
        env={**os.environ, "HTTPS_PROXY": "http://127.0.0.1:1"},
    )
    assert done.returncode == 0, done.stderr.decode()
    assert [
        line.split()[0] for line in done.stdout.decode().splitlines() if line.split()[0] in CALLS
    ] == list(CALLS)


def test_no_other_call_is_made_on_a_client() -> None:
    """Read from the source: every attribute of anything named client is one of the calls that were tried."""
    used = {
        node.attr
        for path in BRIDGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and (node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", ""))
        in ("client", "_client")
        and path.name != "library.py"
    }
    assert used - SETTING_UP == set(CALLS)


def every_error() -> list[type[Exception]]:
    kinds = [kind for _, kind in inspect.getmembers(ERRORS, inspect.isclass) if issubclass(kind, Exception)]
    assert len(kinds) > 50
    return kinds


@pytest.mark.parametrize("kind", every_error())
def test_every_error_of_the_library_has_an_outcome_and_only_a_known_text_means_not_sent(
    kind: type[Exception],
) -> None:
    assert outcome_of(kind("something new")) == "unknown"
    known = [outcome_of(kind(f"{text} …")) for text in (*BEFORE_WRITING, REFUSED, NOT_WRITTEN)]
    assert set(known) == {"failed" if issubclass(kind, SendMessageError) else "unknown"}


@pytest.mark.parametrize(
    "text",
    [
        "timed out waiting for message send response",
        "websocket disconnected before message send (retry) returned response",
        "websocket not connected",
        "failed to send message node: write tcp: broken pipe",
        "",
    ],
)
def test_what_may_have_been_written_is_unknown(text: str) -> None:
    assert outcome_of(SendMessageError(text)) == "unknown"


def test_the_words_are_those_of_the_shipped_library() -> None:
    """An upgrade that says it differently must not turn a failure into a doubt unnoticed."""
    (binary,) = Path(str(NEONIZE.__file__)).parent.glob("neonize-*.so")
    shipped = binary.read_bytes()
    parts = [part for text in (*BEFORE_WRITING, REFUSED, NOT_WRITTEN) for part in text.split(": ")]
    assert [part for part in parts if part.encode() not in shipped] == []
