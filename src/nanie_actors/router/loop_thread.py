"""An event loop on a thread of its own, to which any thread hands work: what asyncio libraries need."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from queue import Empty, SimpleQueue
from typing import Any, Final

_log = logging.getLogger(__name__)

JOIN_S: Final = 5.0
"""How long the end of the loop may take beyond what it was given to finish."""


class LoopThread:
    """Work that is posted before the loop is ready waits for it; after its end it is dropped."""

    def __init__(self, name: str) -> None:
        """`name` is the thread's, and the log's word for whose it is."""
        self._name = name
        self._mail: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    # ── any thread ──────────────────────────────────────────────────────────────────────────────────────

    def start(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `main` on a thread of its own, to its end; returns at once."""
        self._thread = threading.Thread(target=self._run, args=(main,), name=self._name, daemon=True)
        self._thread.start()

    def post(self, work: Callable[[], None]) -> None:
        """Have something done on the loop; never blocks."""
        self._mail.put(work)
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._open_mail)
            except RuntimeError:
                return  # the loop has ended

    def join(self, within_s: float) -> None:
        """Wait for the end of `main`, which has been told to finish within so many seconds."""
        if self._thread is not None:
            self._thread.join(within_s + JOIN_S)
            if self._thread.is_alive():
                _log.warning("%s: the connection did not end in time", self._name)

    # ── the loop's thread ───────────────────────────────────────────────────────────────────────────────

    def ready(self) -> None:
        """`main` can be handed work from now on; does what was posted before."""
        self._loop = asyncio.get_running_loop()
        self._open_mail()

    def task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that is to last as long as `main`: none ends by an error, and if one does, it is told."""
        task = asyncio.create_task(work)
        task.add_done_callback(self._check_end)
        return task

    def _run(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            asyncio.run(main())
        except Exception:  # noqa: BLE001 - the thread's last word
            _log.critical("%s failed: nothing goes in or out any more", self._name, exc_info=True)

    def _open_mail(self) -> None:
        while True:
            try:
                work = self._mail.get_nowait()
            except Empty:
                return
            work()

    def _check_end(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.critical("a part of %s failed and is missing from now on", self._name, exc_info=error)
