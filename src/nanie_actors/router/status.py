"""What goes wrong, said once: a fault that lasts is one line in the log, and so is its end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from nanie_actors.router.failure import Failure, Misconfigured, Never, Refused, TryAgain

_log = logging.getLogger(__name__)


class Status:
    """The state of each of the transport's jobs. Written on its loop, read from any thread."""

    def __init__(self, transport: str) -> None:
        """`transport` is the name that the log calls it by."""
        self._transport = transport
        self._troubles: dict[str, str] = {}

    def failed(self, job: str, failure: Failure) -> None:
        """A job did not succeed; it is tried again."""
        why = failure.why
        if self._troubles.get(job) == why:
            return
        self._troubles[job] = why
        match failure:
            case Misconfigured():
                _log.error("%s: %s does not work: %s", self._transport, job, why)
            case TryAgain() | Never() | Refused():
                _log.warning(
                    "%s: %s does not work at the moment (%s): it is tried again", self._transport, job, why
                )

    def works(self, job: str) -> None:
        """A job succeeded."""
        if self._troubles.pop(job, None) is not None:
            _log.info("%s: %s works again", self._transport, job)

    def facts(self) -> Mapping[str, Any]:
        """What is in trouble, for the dump."""
        return dict(self._troubles)
