"""Places in the worker's code where a kill is aimed at, where no file system call shows the moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any

from chaos.inside.notes import Notes, die
from chaos.orders import Aim

PLACES: Mapping[str, str] = {
    "send": "nanie_actors.whatsapp.played:PlayedSource.send",
    "passivate": "nanie_actors.actors.group_departure:Departure.begin",
    "drained": "nanie_actors.actors.group_lives:GroupLives.drained",
    "restart": "nanie_actors.actors.children:Children.restart",
    "recover": "nanie_actors.actors.group:read_group",
    "relink": "nanie_actors.actors.link_desk:LinkDesk.saved",
    "push": "nanie_actors.actors.pusher:Pusher.push",
    "reply": "nanie_actors.router.stdio:StdioTransport.deliver",
    "landed": "nanie_actors.actors.open_group:OpenGroup.settled",
    "reread": "nanie_actors.actors.group_extraction:Rereading.go_on",
    "stop": "nanie_actors.assembly:Worker.stop",
}
"""By name: module and attribute. A test holds each against the worker's source."""


def aim_at(aim: Aim, notes: Notes) -> None:
    """End the process at the aim's call, before it or after it."""
    lock = threading.Lock()
    left = aim.nth

    def around(inner: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(inner)
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            with lock:
                left -= 1
                now = left == 0
            if now and aim.when == "before":
                die(notes, call=aim.place, where="", action="kill-before")
            result = inner(*args, **kwargs)
            if now:
                die(notes, call=aim.place, where="", action="kill-after")
            return result

        return call

    replace(PLACES[aim.place], around)


def replace(place: str, change: Callable[[Any], Any]) -> None:
    """Put something else in the place of a function or a number. Raises AttributeError if there is none."""
    module, _, path = place.partition(":")
    *outer, name = path.split(".")
    owner: Any = import_module(module)
    for part in outer:
        owner = getattr(owner, part)
    setattr(owner, name, change(getattr(owner, name)))
