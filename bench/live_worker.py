"""The worker as a whole, as `nanie run` makes it, between a source and a router that cost next to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.live_tree import AcceptingRouter, LiveTree
from nanie_actors.assembly import Worker
from nanie_actors.model import GroupId
from nanie_actors.settings import Settings


class LiveWorker(LiveTree):
    """A LiveTree with everything around it: control socket, dump, lock."""

    def __init__(self, folder: Path, groups: Sequence[GroupId], extractor: str) -> None:
        self.groups = groups
        self.router = AcceptingRouter()
        given = {"state": {"dir": folder}, "extraction": {"extractor": extractor}}
        self.worker = Worker(Settings.model_validate(given), transports=[self.router])
        self.worker.start()
        self.tree = self.worker.tree
        self.dead_letters = self.worker.dead_letters
        self.ingress = self.tree.whatsapp_door()
        self.inbox = self.tree.router_door()
