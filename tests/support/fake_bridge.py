"""A bridge without the library: plays a script over the real link, journal and session lock.

`python fake_bridge.py '[[step, …], …]' <the bridge's own words>`: the first start plays the first script, the
second the second, and so on; the last one is played again and again. Steps:

    ["say", "Connected", {"account": "me"}]    a report
    ["journal", "text", …]                     one entry of messages
    ["print", "noise"]                         to its output
    ["answer", {"outcome": "sent", …}]         what orders are answered by from here on; null: not at all
    ["await", "name"]                          until a file of that name is in the state folder;
                                               `ordered` is there from the first order to send on
    ["freeze"]                                 never read an order
    ["kill"], ["abort"], ["exit", 3]           end, by a signal or with a status

Behind its script it obeys orders until it is told to stop or the worker is gone.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from nanie_actors.model import ChatMessage, EpochMs, GroupId, MessageArrived, MessageId, SenderId
from nanie_actors.storage.file_system import OsFileSystem
from nanie_actors.storage.folders import Folders
from nanie_actors.storage.layout import StateLayout
from nanie_actors.whatsapp.bridge.session_lock import take_session_lock
from nanie_actors.whatsapp.live import reports
from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments, parse
from nanie_actors.whatsapp.live.journal_writer import JournalWriter
from nanie_actors.whatsapp.live.link import Link
from nanie_actors.whatsapp.live.orders import SendOrder, StopOrder

GROUP = GroupId("120363000000000001@g.us")


class FakeBridge:
    """One run of it."""

    def __init__(self, arguments: BridgeArguments) -> None:
        self.layout = StateLayout(arguments.state)
        self.link = Link(socket.socket(fileno=arguments.link_fd))
        Folders(OsFileSystem()).ensure(self.layout.whatsapp)
        self.has_lock = take_session_lock(self.layout.session_lock)
        self.outcome: dict[str, Any] | None = {"outcome": "sent", "message_id": "3EB0", "at": 1_000}

    def script(self, scripts: list[list[list[Any]]]) -> list[list[Any]]:
        """The one of this start; counts the starts in the state folder."""
        starts = self.layout.root / "starts"
        with starts.open("a") as file:
            file.write(f"{os.getpid()}\n")
        return scripts[min(len(starts.read_text().splitlines()), len(scripts)) - 1]

    def play(self, script: list[list[Any]]) -> None:
        """From its first step to its last, then wait."""
        if ["freeze"] not in script:
            threading.Thread(target=self.obey, daemon=True).start()
        for name, *rest in script:
            getattr(self, name)(*rest)
        threading.Event().wait()

    def say(self, kind: str, fields: dict[str, Any] | None = None) -> None:
        """Report."""
        self.link.send(getattr(reports, kind)(**(fields or {})))

    def journal(self, *texts: str) -> None:
        """Write one entry and tell of it."""
        writer = JournalWriter(self.layout.ingress_journal, segment_bytes=1_000)
        start = writer.open()
        events = [message(text, f"M{start + 1}-{place}") for place, text in enumerate(texts)]
        self.link.send(reports.Grown(writer.append(events, refused)))
        writer.close()

    def print(self, noise: str) -> None:
        """As the library does, past all of Python's buffers."""
        os.write(1, noise.encode())

    def answer(self, outcome: dict[str, Any] | None) -> None:
        """What comes of the next orders."""
        self.outcome = outcome

    def freeze(self) -> None:
        """Its orders are not read: see `play`."""

    def kill(self) -> None:
        """Like a library that fails badly."""
        os.kill(os.getpid(), signal.SIGKILL)

    def abort(self) -> None:
        """The same, with the signal that the library uses."""
        os.abort()

    def exit(self, status: int) -> None:
        """At once."""
        os._exit(status)

    def await_(self, name: str) -> None:
        """Look again and again."""
        while not (self.layout.root / name).exists():
            time.sleep(0.005)

    def obey(self) -> None:
        """Until the worker is gone."""
        for order in self.link.receive():
            match order:
                case SendOrder(outbox_id=outbox_id):
                    (self.layout.root / "ordered").touch()
                    if self.outcome is not None:
                        self.link.send(reports.SendReport(outbox_id, **self.outcome))
                case StopOrder():
                    self.link.send(reports.Pulse({}))
                    os._exit(0)
                case _:
                    pass
        os._exit(0)


def message(text: str, message_id: str) -> MessageArrived:
    """A message of the one group."""
    return MessageArrived(
        ChatMessage(
            group=GROUP,
            message_id=MessageId(message_id),
            sender=SenderId("222000111@lid"),
            sender_name="Noa",
            at=EpochMs(1_764_000_000_000),
            kind="text",
            text=text,
        )
    )


def refused(error: OSError) -> None:
    """Disks of tests take everything."""
    raise error


def main(words: list[str]) -> int:
    """Play; the exit status."""
    arguments = parse(words[1:])
    bridge = FakeBridge(arguments)
    if not bridge.has_lock:
        bridge.say("Unreachable", {"why": "another process uses this session"})
        return 1
    bridge.say("Started", {"pid": os.getpid(), "library": "fake"})
    for step in (script := bridge.script(json.loads(words[0]))):
        if step[0] == "await":
            step[0] = "await_"
    bridge.play(script)
    return 0


def command(*scripts: list[list[Any]]) -> tuple[str, ...]:
    """What stands before the bridge's own words."""
    return (sys.executable, str(Path(__file__)), json.dumps(scripts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
