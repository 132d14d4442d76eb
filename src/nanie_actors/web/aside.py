"""Work that waits, kept off the server's one thread and from holding up the end of the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

Result = TypeVar("Result")


async def aside(work: Callable[[], Result]) -> Result:
    """Do something that may wait on a thread of its own, and give its result.

    Not an executor: its threads would be waited for at the end of the process, and a full inbox that
    nothing empties any more is a long wait. The callers are bounded: connections are.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Result] = loop.create_future()

    def settle(value: Result | None, error: BaseException | None) -> None:
        if result.done():
            return  # nobody waits any more
        if error is None:
            result.set_result(value)  # type: ignore[arg-type]  # None is what the work gave
        else:
            result.set_exception(error)

    def run() -> None:
        value: Result | None = None
        failure: BaseException | None = None
        try:
            value = work()
        except BaseException as error:  # noqa: BLE001  # it is raised where the result is awaited
            failure = error
        with suppress(RuntimeError):  # the server is gone, and its loop with it
            loop.call_soon_threadsafe(settle, value, failure)

    Thread(target=run, name="web-aside", daemon=True).start()
    return await result
