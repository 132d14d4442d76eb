"""The one door to the WhatsApp library: it is imported here, made quiet, and told its few private names.

Importing it takes a third of a second, loads 19 MB of Go and starts threads: nothing outside the bridge does.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import io
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final


@contextmanager
def _on_quiet_ground() -> Iterator[None]:
    """See that the import finds the C library it needs, and that it changes nothing that is not its own.

    It would configure the root logger, unless somebody did so before, and asks a shell for the system's name
    without ever closing the pipe.
    """
    if ctypes.util.find_library("magic") is None:
        import pylibmagic  # noqa: F401  # brings the C library that the system lacks
    root, guard, popen = logging.getLogger(), logging.NullHandler(), os.popen
    root.addHandler(guard)
    os.popen = lambda *_, **__: io.StringIO(" ".join(os.uname()))  # type: ignore[assignment]
    try:
        yield
    finally:
        os.popen = popen
        root.removeHandler(guard)


with _on_quiet_ground():
    import neonize
    import neonize.client
    from neonize.client import NewClient
    from neonize.events import (
        ClientOutdatedEv,
        ConnectedEv,
        ConnectFailureEv,
        DisconnectedEv,
        GroupInfoEv,
        HistorySyncEv,
        JoinedGroupEv,
        KeepAliveRestoredEv,
        KeepAliveTimeoutEv,
        LoggedOutEv,
        MessageEv,
        PairStatusEv,
        StreamErrorEv,
        StreamReplacedEv,
        TemporaryBanEv,
        UndecryptableMessageEv,
    )
    from neonize.exc import NeonizeError, SendMessageError
    from neonize.proto.Neonize_pb2 import JID, Device, GroupInfo, MessageInfo, PairStatus, SendResponse
    from neonize.proto.waCommon.WACommon_pb2 import MessageKey
    from neonize.proto.waCompanionReg.WAWebProtobufsCompanionReg_pb2 import DeviceProps
    from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import Message as Content
    from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import ProtocolMessage
    from neonize.proto.waHistorySync.WAWebProtobufsHistorySync_pb2 import (
        Conversation,
        HistorySync,
        HistorySyncMsg,
    )
    from neonize.proto.waWeb.WAWebProtobufsWeb_pb2 import WebMessageInfo
    from neonize.utils.enum import ClientName, ClientType
    from neonize.utils.jid import Jid2String, JIDToNonAD, build_jid

__all__ = (
    "JID",
    "ClientName",
    "ClientOutdatedEv",
    "ClientType",
    "ConnectFailureEv",
    "ConnectedEv",
    "Content",
    "Conversation",
    "Device",
    "DisconnectedEv",
    "GroupInfo",
    "GroupInfoEv",
    "HistorySync",
    "HistorySyncEv",
    "HistorySyncMsg",
    "JIDToNonAD",
    "Jid2String",
    "JoinedGroupEv",
    "KeepAliveRestoredEv",
    "KeepAliveTimeoutEv",
    "LoggedOutEv",
    "MessageEv",
    "MessageInfo",
    "MessageKey",
    "NeonizeError",
    "NewClient",
    "PairStatus",
    "PairStatusEv",
    "ProtocolMessage",
    "SendMessageError",
    "SendResponse",
    "StreamErrorEv",
    "StreamReplacedEv",
    "TemporaryBanEv",
    "UndecryptableMessageEv",
    "WebMessageInfo",
    "build_jid",
)

VERSION: Final[str] = neonize.__version__

OUR_UUID: Final = "nanie"
"""The library's own table of clients is keyed by this; there is one client in a bridge."""

for _name in ("neonize", "whatsmeow", "Whatsmeow"):
    logging.getLogger(_name).propagate = False  # what they say may hold names and texts
    logging.getLogger(_name).addHandler(logging.NullHandler())
del _name


class _DaemonThread(threading.Thread):
    """In the place of the library's own thread, which can neither be ended nor would let the process end."""

    def __init__(self, *args: Any, daemon: bool | None = None, **more: Any) -> None:
        super().__init__(*args, daemon=True, **more)


neonize.client.Thread = _DaemonThread  # type: ignore[misc]


class Client(NewClient):
    """The library's client, with the one callback that it has and does not offer: how a pairing goes."""

    me: Device | None  # type: ignore[assignment]  # set by the library once it knows
    pairing_status: Callable[[str], None] = staticmethod(lambda _: None)
    """Told `success`, `timeout`, `error`, `passkey-request`, `err-…`; on the library's thread."""

    def _NewClient__onLoginStatus(self, uuid: int, status: int) -> None:  # noqa: N802
        self.pairing_status(ctypes.string_at(status).decode("utf-8", "replace"))


def make_client(session: Path, device_name: str, history_days: int) -> Client:
    """A client of the session in that file, not yet connected. Touches neither disk nor network."""
    props = DeviceProps(
        os=device_name,
        platformType=DeviceProps.DESKTOP,
        requireFullSync=True,
        historySyncConfig=DeviceProps.HistorySyncConfig(fullSyncDaysLimit=history_days),
    )
    return Client(str(session), props=props, uuid=OUR_UUID)
