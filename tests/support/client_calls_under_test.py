"""Every call that the bridge makes on the library's client, in one of the states in which it could be made.

`python client_calls_under_test.py STATE SESSION`: `fresh` (before connect), `unpaired` (after a connect that
found no network) or `stopped`. A call that aborts the process does so here; each that does not is named.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nanie_actors.whatsapp.bridge.library import (
    Client,
    ClientName,
    ClientType,
    Content,
    NeonizeError,
    build_jid,
    make_client,
)

GROUP = build_jid("120363000000000001", "g.us")

CALLS: dict[str, Callable[[Client], Any]] = {
    "is_connected": lambda client: client.is_connected,
    "is_logged_in": lambda client: client.is_logged_in,
    "me": lambda client: client.me,
    "get_joined_groups": lambda client: client.get_joined_groups(),
    "get_group_info": lambda client: client.get_group_info(GROUP),
    "send_message": lambda client: client.send_message(GROUP, Content(conversation="milk")),
    "PairPhone": lambda client: client.PairPhone("491700000002", True, ClientName.LINUX, ClientType.CHROME),
    "disconnect": lambda client: client.disconnect(),
    "stop": lambda client: client.stop(),  # type: ignore[no-untyped-call]
}


def main(state: str, session: Path) -> None:
    """Bring a client into the state and make the calls; a line each."""
    client = make_client(session, "nanie", 30)
    if state != "fresh":
        with suppress(NeonizeError):
            client.connect()
    if state == "stopped":
        client.stop()  # type: ignore[no-untyped-call]
    for name, call in CALLS.items():
        try:
            call(client)
        except Exception as error:  # noqa: BLE001  # raising is surviving
            print(name, "raised", type(error).__name__, flush=True)  # noqa: T201
        else:
            print(name, "returned", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
    os._exit(0)
