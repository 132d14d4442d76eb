"""Checks of the app's database: whether it can be reached, with which key, and whether it is set up."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nanie_actors.cli.checks.outcome import Check, failed, ok, warning
from nanie_actors.errors import SettingsError
from nanie_actors.router.failure import Failure, Misconfigured, Never, Refused, TryAgain
from nanie_actors.router.supabase.credentials import Credentials, kind_of
from nanie_actors.router.supabase.examination import SETUP_VERSION, examine
from nanie_actors.settings import SupabaseSettings

RUN_SCRIPT = "run config/supabase.sql of this version in the project's SQL editor."


def check_supabase(settings: SupabaseSettings) -> Iterator[Check]:
    """Everything about the project, whose address is set."""
    try:
        credentials = Credentials.of(settings)
    except SettingsError as error:
        yield failed("supabase", "cannot be used", str(error))
        return
    yield check_key(credentials.key, None if settings.key.get_secret_value() else settings.key_file)
    facts = examine(settings, credentials)
    if not isinstance(facts, Mapping):
        yield _unreached(facts)
        return
    yield ok("supabase", "reached")
    yield check_setup(facts)
    yield check_security(facts)
    yield from check_owners(facts)
    if settings.private_broadcasts:
        yield check_private_topics(facts)
    if settings.realtime:
        yield check_realtime(facts, settings.poll_interval_s)


def check_key(key: str, file: Path | None) -> Check:
    """It is one for servers, and nobody else on this machine can read it. The key itself is never shown."""
    name = "supabase key"
    if file is not None and file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        return failed(name, f"{file} can be read by other users", f"run: chmod o-rwx '{file}'")
    if kind_of(key) == "unknown":
        advice = "if reading fails, copy the service key (service_role or sb_secret_…) from the API settings."
        return warning(name, "of a kind that is not known here", advice)
    return ok(name, "a service key")


def _unreached(failure: Failure) -> Check:
    match failure:
        case Misconfigured(why):
            return failed("supabase", "does not let us in, or is not set up", f"{why}.")
        case TryAgain(why):
            advice = "is supabase.url right, this machine online, and the project not paused?"
            return failed("supabase", f"cannot be reached ({why})", advice)
        case Never(why) | Refused(why):
            return failed("supabase", f"refuses to answer ({why})", RUN_SCRIPT)


def check_setup(facts: Mapping[str, Any]) -> Check:
    """The tables and functions are those of this version."""
    version = facts.get("version")
    if version != SETUP_VERSION:
        return failed("supabase setup", f"version {version}, {SETUP_VERSION} is needed", RUN_SCRIPT)
    return ok("supabase setup", f"version {version}, ids are {facts.get('id_type')}")


def check_security(facts: Mapping[str, Any]) -> Check:
    """The database keeps the families apart, whatever an app asks for."""
    name = "supabase security"
    if facts.get("row_level_security") is not True:
        return failed(name, "row-level security is off: a browser's key may read every family", RUN_SCRIPT)
    others = [str(policy) for policy in facts.get("other_policies") or ()]
    if others:
        found = f"{len(others)} policies are not ours, first {others[0]}"
        return warning(name, found, "look whether they let in, or keep out, whom ours do not.")
    return ok(name, "each user sees their own conversations only")


def check_owners(facts: Mapping[str, Any]) -> Iterator[Check]:
    """Somebody can see each conversation; said only where nobody can."""
    if count := int(facts.get("conversations_without_owner") or 0):
        found = f"{count} conversations have neither owner nor member: no user sees them"
        yield warning("supabase owners", found, "set owner_id in the table conversations.")


def check_private_topics(facts: Mapping[str, Any]) -> Check:
    """Who sees a conversation may listen to its private broadcasts."""
    if facts.get("private_topics") is not True:
        advice = "add the policy nanie_listen of config/supabase.sql to realtime.messages, as its owner."
        return failed("supabase broadcasts", "private, and nobody may listen to them", advice)
    return ok("supabase broadcasts", "private")


def check_realtime(facts: Mapping[str, Any], poll_interval_s: float) -> Check:
    """New rows are told at once."""
    if facts.get("realtime") is not True:
        found = f"off for the table messages: new rows are found by polling, every {poll_interval_s:g} s"
        return warning("supabase realtime", found, RUN_SCRIPT)
    return ok("supabase realtime", "on")
