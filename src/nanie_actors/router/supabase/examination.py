"""One question to the project, for who has no event loop: is everything there that the transport needs?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from nanie_actors.router.failure import Failure, TryAgain
from nanie_actors.router.supabase.credentials import Credentials
from nanie_actors.router.supabase.failures import failure_of
from nanie_actors.router.supabase.project import Project
from nanie_actors.settings.sections import SupabaseSettings

SETUP_VERSION: Final = 1
"""What `nanie_check` of this config/supabase.sql says."""


def examine(settings: SupabaseSettings, credentials: Credentials) -> Mapping[str, Any] | Failure:
    """What `nanie_check` says, or why it could not be asked. Waits at most as long as a request may take."""
    try:
        facts = asyncio.run(_ask(settings, credentials))
    except Exception as error:  # noqa: BLE001 - whatever it was, it is what the caller wants to know
        return failure_of(error)
    return facts if isinstance(facts, dict) else TryAgain("an answer that is none of Supabase's")


async def _ask(settings: SupabaseSettings, credentials: Credentials) -> Any:
    project = await Project.open(settings, credentials.url, credentials.key)
    try:
        return await project.check()
    finally:
        await project.close()
