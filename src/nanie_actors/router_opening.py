"""Opens the routers that the command line names, with what they keep on the disk."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nanie_actors.errors import SettingsError
from nanie_actors.logs import hide
from nanie_actors.router.edge import RouterTransport
from nanie_actors.router.envelope import RowRules
from nanie_actors.settings import Settings
from nanie_actors.storage.direct_disk import DirectDisk
from nanie_actors.storage.disk import DiskOk, DiskResult
from nanie_actors.storage.documents import JsonDocument
from nanie_actors.storage.layout import StateLayout

logger = logging.getLogger(__name__)


def open_supabase(settings: Settings) -> RouterTransport:
    """The connection to the app's database. Raises SettingsError for what is missing or wrong."""
    # Imported when needed: the client takes a third of a second, and most commands do without.
    from nanie_actors.router.supabase.credentials import Credentials
    from nanie_actors.router.supabase.transport import SupabaseTransport

    store = CursorDocument(StateLayout(settings.state.dir).supabase_cursor)
    credentials = Credentials.of(settings.supabase)
    hide(credentials.key)
    return SupabaseTransport(settings.supabase, credentials, RowRules.of(settings.router), store)


def open_nats(settings: Settings) -> RouterTransport:
    """The connection to the app's NATS. Raises SettingsError for what is missing or wrong."""
    if find_spec("nats") is None:
        raise SettingsError("--router nats needs nats-py: pip install 'nanie-actors[nats]'")
    # Imported when needed, and where it is installed.
    from nanie_actors.router.nats.credentials import Credentials
    from nanie_actors.router.nats.transport import NatsTransport

    credentials = Credentials.of(settings.nats)
    for secret in (settings.nats.password, settings.nats.token):
        hide(secret.get_secret_value())
    store = CursorDocument(StateLayout(settings.state.dir).nats_cursor)
    return NatsTransport(settings.nats, credentials, RowRules.of(settings.router), store)


class CursorDocument:
    """Implements router.cursor_keeper.CursorStore. One thread at a time."""

    def __init__(self, path: Path) -> None:
        self._disk = DirectDisk()
        self._document = JsonDocument(self._disk, path)

    def load(self) -> Mapping[str, Any] | None:
        """What was saved last; a file that cannot be read is put aside."""
        return self._document.load()

    def save(self, value: Mapping[str, Any]) -> None:
        """Durable when this returns, or logged."""
        self._document.save(value, _log_failure)


def _log_failure(result: DiskResult) -> None:
    if not isinstance(result, DiskOk):
        logger.warning("how far the app's messages were read could not be written (%s)", result.reason)
