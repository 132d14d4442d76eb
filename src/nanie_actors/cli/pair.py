"""`nanie pair`: link a WhatsApp account."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nanie_actors.cli.app import Failure
from nanie_actors.cli.options import common_options, json_option, read_settings

if TYPE_CHECKING:
    from nanie_actors.storage.layout import StateLayout
    from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments

REMOVE = "remove the device on the phone (WhatsApp, Settings, Linked devices)"


def _phone(_ctx: click.Context, _param: click.Parameter, given: str | None) -> str | None:
    if given is None:
        return None

    from nanie_actors.whatsapp.live.pairing import phone_number

    number = phone_number(given)
    if number is None:
        raise click.BadParameter(f"{given!r} is no phone number with country code, like +491700000000.")
    return number


@click.command()
@click.option(
    "--code", "phone", metavar="+PHONE", callback=_phone, help="Show a code to type, instead of a QR code."
)
@click.option("--again", is_flag=True, help="Link anew; the session that is there is put aside.")
@json_option
@common_options
def pair(phone: str | None, again: bool, as_json: bool, config: Path | None, state: Path | None) -> None:
    """Link a WhatsApp account to this state directory. A worker may be running.

    \b
    Examples:
      nanie pair
      nanie pair --code "+49 151 00000000"
      nanie pair --again

    See also: nanie doctor, nanie run.
    """
    settings = read_settings(config, state)

    from nanie_actors.storage.layout import StateLayout
    from nanie_actors.whatsapp.live.pairing import pairing_arguments

    layout = StateLayout(settings.state.dir)
    _refuse(layout, again=again)
    with _session_aside(layout, again=again), _silent_log():
        _link(pairing_arguments(settings.whatsapp, layout, phone), as_json=as_json)
    if not as_json:
        click.echo(_what_next(layout))


def _refuse(layout: StateLayout, *, again: bool) -> None:
    """Say why nothing can be linked now, or need be. Raises Failure."""
    from nanie_actors.whatsapp.live.session import look_at_session

    look = look_at_session(layout)
    if look.in_use and look.device:
        raise Failure(
            f"{look.account} is linked, and a running worker uses it. To link anew, stop the worker first."
        )
    if look.in_use:
        raise Failure("another nanie pair is at work on this state directory: finish or end that one first.")
    if (look.device or look.trouble) and not again:
        mend = "; starting the worker may mend it" if look.mendable else ""
        found = f"{look.account} is linked already" if look.device else f"{look.trouble}{mend}"
        raise Failure(
            f"{found}. To link anew, {REMOVE}, then: {_command('nanie pair --again', layout)}\n"
            "For a second account, use a second state directory: --state DIR"
        )


@contextmanager
def _session_aside(layout: StateLayout, *, again: bool) -> Iterator[None]:
    """With `again` the session is put aside, and back if no other one comes about."""
    from nanie_actors.whatsapp.live.session import look_at_session
    from nanie_actors.whatsapp.live.session_aside import put_session_aside, put_session_back

    aside = put_session_aside(layout) if again else None
    try:
        yield
    finally:
        if aside is not None:
            look = look_at_session(layout)
            if look.device or look.trouble:
                click.echo(f"The session before is kept as {aside}.", err=True)
            else:
                put_session_back(layout, aside)


@contextmanager
def _silent_log() -> Iterator[None]:
    """A line of the log would tear the code on the screen; what matters is told by the steps."""
    log, nowhere = logging.getLogger("nanie_actors"), logging.NullHandler()
    propagated, log.propagate = log.propagate, False
    log.addHandler(nowhere)
    try:
        yield
    finally:
        log.removeHandler(nowhere)
        log.propagate = propagated


def _link(arguments: BridgeArguments, *, as_json: bool) -> None:
    """Raises Failure."""
    from nanie_actors.cli.pairing_views import JsonView, view_for_people
    from nanie_actors.whatsapp.live.pairing import Attempt

    with JsonView() if as_json else view_for_people() as view, Attempt(arguments, view) as attempt:
        failure = attempt.run()
    if isinstance(view, JsonView):
        view.end(failure)
    if failure is not None:
        raise Failure(failure.why)


def _what_next(layout: StateLayout) -> str:
    from nanie_actors.cli.checks.state import lock_holder

    if lock_holder(layout.root):
        return "The account is linked. The running worker connects by itself."
    return f"The account is linked. Next: {_command('nanie run --whatsapp neonize', layout)}"


def _command(words: str, layout: StateLayout) -> str:
    """A command to type, for this state directory."""
    from nanie_actors.settings.sections import StateSettings

    usual = layout.root == StateSettings().dir
    return words if usual else f"{words} --state {shlex.quote(str(layout.root))}"
