"""`python -m nanie_actors.whatsapp.bridge`: started by the worker and by `nanie pair`, not by hand."""

from __future__ import annotations

import os
import sys

from nanie_actors.whatsapp.bridge.start import main

if __name__ == "__main__":
    # Threads of the library would keep the process: it may be stuck in a call that never returns.
    os._exit(main(sys.argv[1:]))
