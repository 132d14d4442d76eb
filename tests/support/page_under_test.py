"""`nanie run --ui` as a process, for tests that look at it with a browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page
from processes import clean_environment

from nanie_actors.inspection.control_client import ControlClient

WITHIN_S = 60.0
SHOTS = os.environ.get("SCREENSHOTS")
"""Where pictures of the page are kept, if they are wanted."""

OpenWindow = Callable[..., Page]


class PageWorker:
    """`nanie run --ui` on a state directory and a port of its own; may be killed and started again."""

    def __init__(self, folder: Path, chats: Path) -> None:
        self.state = folder / "nanie"
        self._folder = folder
        self.chats = chats
        self._log = folder / "log"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}/"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Returns when it is ready."""
        command = [sys.executable, "-m", "nanie_actors", "run", "--ui", "--listen", f"127.0.0.1:{self.port}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--whatsapp", f"replay:{self.chats}", "--timezone", "UTC", *options],
                cwd=self._folder,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = monotonic() + WITHIN_S
        while not self._is_ready():
            assert self._process.poll() is None, self._log.read_text()
            assert monotonic() < deadline, self._log.read_text()
            Event().wait(0.05)

    def kill(self) -> None:
        """As a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Cleanly."""
        self._end(signal.SIGTERM)

    def ask(self, conversation: str, action: str, **fields: Any) -> None:
        """Another app's command, over the control socket."""
        with ControlClient(self.state / "run" / "nanie.sock", WITHIN_S) as client:
            row = {"id": f"other-{action}-{fields}", "conversation_id": conversation}
            client.request("send", row={**row, "content": {"action": action, **fields}})
            while "done" not in client.next(WITHIN_S):
                pass

    def _end(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(WITHIN_S)
            self._process = None

    def _is_ready(self) -> bool:
        try:
            with urlopen(self.url + "readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError):
            return False


def shot(page: Page, name: str) -> None:
    """Keep a picture of the page, if pictures are wanted."""
    if SHOTS is not None:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")
