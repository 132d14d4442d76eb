"""The product's bridge with the real library, and one more thread that plays WhatsApp.

`python bridge_under_test.py {"feed": 7, …} <the bridge's own words>`. Events come serialized over the feed's
descriptor and are fired through the library's own C entry, one after the other, as Go does it. With
`"connect": "held"` the client does not dial: its `connect` blocks until `stop`, like one that is connected.
With `"until_disconnect": true` what is still in the feed then is left there, as on WhatsApp's server;
otherwise it counts as in the library's queue, and is fired to the end.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from feed_frames import CODE_TO_SHOW, ENTERED, HEADER, PAIRING_STATUS, RETURNED, UP
from neonize._binder import func_callback_bytes, func_string  # the types of the entries that Go is given

from nanie_actors.storage.file_system import OsFile, OsFileSystem
from nanie_actors.whatsapp.bridge import draining, library, start
from nanie_actors.whatsapp.bridge.converter import Converter

OPTIONS: dict[str, Any] = json.loads(sys.argv[1])


class Gone(Exception):
    """The client has disconnected: nothing more comes in."""


class Door:
    """Between the feed and the client: closed by its `disconnect`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False

    def close(self) -> None:
        with self._lock:
            self._closed = True

    def enter(self, tell: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                raise Gone
            tell()


DOOR = Door()


class HeldClient(library.Client):
    """Is connected, as far as `connect` tells, and hears of nothing but what it is fed."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._held = threading.Event()

    def connect(self, proxy_settings: object = None) -> None:
        feed(self)
        self._held.wait()

    def disconnect(self) -> None:
        if OPTIONS.get("until_disconnect"):
            DOOR.close()
        super().disconnect()

    def stop(self) -> None:
        super().stop()  # type: ignore[no-untyped-call]
        self._held.set()


class DiallingClient(library.Client):
    """The library's own client; it is fed as well."""

    def connect(self, proxy_settings: Any = None) -> None:
        feed(self)
        super().connect(proxy_settings)


class FullWhileThereIs(OsFileSystem):
    """A disk that refuses to write while a file of that name exists."""

    def __init__(self, flag: Path) -> None:
        self._flag = flag

    def open_append(self, path: Path) -> OsFile:
        return FullFile(path, 0, self._flag)

    def open_new(self, path: Path) -> OsFile:
        return FullFile(path, os.O_TRUNC, self._flag)


class FullFile(OsFile):
    __slots__ = ("_flag",)

    def __init__(self, path: Path, flags: int, flag: Path) -> None:
        super().__init__(path, flags)
        self._flag = flag

    def write(self, data: bytes | memoryview) -> int:
        if self._flag.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


class FailingConverter(Converter):
    """Fails on every message with a certain word."""

    def convert(self, event: Any) -> Any:
        if b"poison" in event.SerializePartialToString():
            raise ZeroDivisionError("poison must not be told")
        return super().convert(event)


def feed(client: library.Client) -> None:
    """Start the thread that fires what comes over the feed."""
    execute = func_callback_bytes(client.event.execute)
    tell = {
        CODE_TO_SHOW: func_string(client._NewClient__onQr),  # type: ignore[attr-defined]
        PAIRING_STATUS: func_string(client._NewClient__onLoginStatus),
    }
    end = socket.socket(fileno=OPTIONS["feed"])

    def fire_all() -> None:
        with suppress(Gone), end, end.makefile("rb") as frames:
            if OPTIONS.get("until_disconnect"):
                execute(client.uuid, None, 0, UP)  # first the library tells of the connection
            while header := frames.read(HEADER.size):
                code, length = HEADER.unpack(header)
                raw = ctypes.create_string_buffer(frames.read(length))
                DOOR.enter(lambda: end.sendall(ENTERED))
                if code in tell:
                    tell[code](0, ctypes.addressof(raw))
                else:
                    execute(client.uuid, ctypes.addressof(raw), length, code)
                end.sendall(RETURNED)

    threading.Thread(target=fire_all, name="feed", daemon=True).start()


def make_client(session: Path, *_: object) -> library.Client:
    """In the place of the product's, with the same client but for `connect`."""
    kind = HeldClient if OPTIONS.get("connect") == "held" else DiallingClient
    return kind(str(session), uuid=library.OUR_UUID)


if __name__ == "__main__":
    vars(start)["Converter"] = FailingConverter
    vars(draining)["DRAIN_S"] = OPTIONS.get("drain_s", draining.DRAIN_S)
    full = OPTIONS.get("full")
    files = FullWhileThereIs(Path(full)) if full else None
    os._exit(start.main(sys.argv[2:], make_client, files))
