"""A look at the server, for who has no event loop: is all there that the transport needs? Changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from nanie_actors.router.failure import Failure
from nanie_actors.router.nats.connection import Link
from nanie_actors.router.nats.credentials import Credentials
from nanie_actors.router.nats.failures import failure_of
from nanie_actors.router.nats.streams import Wanted, fault_of, look, wanted
from nanie_actors.settings.nats_section import NatsSettings


@dataclass(frozen=True, slots=True)
class Findings:
    """`missing` streams are not there yet; `faults` say what is wrong with those that are."""

    version: str
    max_payload: int
    missing: tuple[Wanted, ...]
    faults: tuple[str, ...]


def examine(settings: NatsSettings, credentials: Credentials) -> Findings | Failure:
    """What there is, or why it could not be asked. Waits at most as long as a few requests may take."""
    try:
        return asyncio.run(_ask(settings, credentials))
    except Exception as error:  # noqa: BLE001 - whatever it was, it is what the caller wants to know
        return failure_of(error)


async def _ask(settings: NatsSettings, credentials: Credentials) -> Findings:
    link = await Link.open(credentials, settings.request_timeout_s)
    try:
        missing: list[Wanted] = []
        faults: list[str] = []
        for stream in wanted(settings):
            info = await look(link, stream.name)
            if info is None:
                missing.append(stream)
            elif (fault := fault_of(info, stream)) is not None:
                faults.append(fault)
        return Findings(link.version, link.max_payload, tuple(missing), tuple(faults))
    finally:
        await link.close()
