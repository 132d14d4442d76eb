"""A worker of one's own: a source and a transport of ours, in the place of WhatsApp and Supabase."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event

from letterbox_transport import LetterboxTransport
from table_source import TableSource

from nanie_actors.assembly import Worker
from nanie_actors.logs import configure_logging
from nanie_actors.router.envelope import RowRules
from nanie_actors.settings import load_settings


def main(table: str, letterbox: str) -> int:
    """Run until SIGTERM or Ctrl-C; the exit status. Settings are read as `nanie run` reads them."""
    settings = load_settings(None, {})
    configure_logging(settings.log.level, settings.log.format)
    transport = LetterboxTransport(Path(letterbox), RowRules.of(settings.router))
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker = Worker(settings, sources=[TableSource(Path(table))], transports=[transport], stop=stop)
    worker.start()
    stop.wait()
    return 0 if worker.stop() and worker.failure is None else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
