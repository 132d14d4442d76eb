"""The product's worker with another bridge: `python worker_under_test.py SOCKET <nanie's words>`."""

from __future__ import annotations

import sys
from pathlib import Path

from nanie_actors.cli.app import main
from nanie_actors.whatsapp.live.source import LiveSource

if __name__ == "__main__":
    bridge = Path(__file__).with_name("bridge_on_socket.py")
    defaults = LiveSource.__init__.__kwdefaults__
    assert defaults is not None
    defaults["command"] = (sys.executable, str(bridge), sys.argv[1])
    main(sys.argv[2:])
