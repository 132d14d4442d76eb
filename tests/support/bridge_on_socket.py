"""A bridge under test whose WhatsApp is a Unix socket: `python bridge_on_socket.py SOCKET <its words>`.

What a worker starts in the place of its own bridge, when a test plays WhatsApp for the whole of it.
"""

from __future__ import annotations

import json
import runpy
import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    feed = socket.socket(socket.AF_UNIX)
    feed.connect(sys.argv[1])
    under_test = Path(__file__).with_name("bridge_under_test.py")
    options = {"feed": feed.detach(), "connect": "held", "until_disconnect": True}
    sys.argv = [str(under_test), json.dumps(options), *sys.argv[2:]]
    sys.path.insert(0, str(under_test.parent))
    runpy.run_path(str(under_test), run_name="__main__")
