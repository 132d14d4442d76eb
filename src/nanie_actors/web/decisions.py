"""`/api/groups`: what an operator decides about a quarantined group."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from nanie_actors.errors import NotFound
from nanie_actors.inspection.port import WorkerControl
from nanie_actors.model import GroupId, parse_group_id
from nanie_actors.web.answers import answered


class Decisions:
    """Both wait for the registry's word, aside."""

    def __init__(self, control: WorkerControl) -> None:
        self._control = control

    async def retry(self, request: Request) -> Response:
        """Start it again with the message that it failed on."""
        return await answered(lambda: _decide(request, self._control.retry))

    async def skip(self, request: Request) -> Response:
        """Start it again without that message."""
        return await answered(lambda: _decide(request, self._control.skip))


def _decide(request: Request, act: Callable[[GroupId], bool]) -> None:
    if not act(parse_group_id(request.path_params["group"])):
        raise NotFound("This group is not quarantined.")
