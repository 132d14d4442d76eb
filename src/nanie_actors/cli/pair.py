"""`nanie pair`: link a WhatsApp account."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nanie_actors.cli.app import FAILED, Failure
from nanie_actors.cli.options import common_options, json_option, read_settings

if TYPE_CHECKING:
    from nanie_actors.settings import Settings
    from nanie_actors.storage.layout import StateLayout
    from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments

REMOVE = "remove the device on the phone (WhatsApp, Settings, Linked devices)"
LINKED = "Linked. A running worker connects by itself; otherwise start it: nanie run --whatsapp neonize …"


def _phone(_ctx: click.Context, _param: click.Parameter, given: str | None) -> str | None:
    if given is None:
        return None
    number = re.sub(r"[\s()./-]", "", given)
    if not re.fullmatch(r"\+?[1-9][0-9]{6,14}", number):
        raise click.BadParameter(f"{given!r} is no phone number with country code, like +491700000000.")
    return number


@click.command()
@click.option(
    "--code", "phone", metavar="+PHONE", callback=_phone, help="Show a code to type, instead of a QR code."
)
@click.option("--again", is_flag=True, help="Forget the account that is linked now, and link anew.")
@json_option
@common_options
def pair(phone: str | None, again: bool, as_json: bool, config: Path | None, state: Path | None) -> int:
    """Link a WhatsApp account to this state directory. A worker may be running."""
    settings = read_settings(config, state)

    from nanie_actors.cli.pairing import Attempt
    from nanie_actors.cli.pairing_views import JsonView, PlainView, TerminalView
    from nanie_actors.cli.rendering import console
    from nanie_actors.storage.layout import StateLayout

    _make_way(StateLayout(settings.state.dir), again=again)
    chosen = JsonView if as_json else TerminalView if console().is_terminal else PlainView
    with chosen() as view, Attempt(_arguments(settings, phone), view) as attempt:
        failure = attempt.run()
    if isinstance(view, JsonView):
        if failure is None:
            view.step("done")
        else:
            view.step("failed", kind=failure.kind, why=failure.why)
        return 0 if failure is None else FAILED
    if failure is not None:
        raise Failure(failure.why)
    click.echo(LINKED)
    return 0


def _make_way(layout: StateLayout, *, again: bool) -> None:
    """See that there is a session to be made. Raises Failure."""
    from nanie_actors.whatsapp.live.session import look_at_session

    look = look_at_session(layout)
    if look.in_use and look.device:
        raise Failure(
            f"{look.account} is linked, and a running worker uses it. To link anew, stop the worker first."
        )
    if look.in_use:
        raise Failure("another nanie pair is at work on this state directory: finish or end that one first.")
    if (look.device or look.trouble) and not again:
        found = f"{look.account} is linked already" if look.device else look.trouble
        raise Failure(
            f"{found}. To link anew, {REMOVE}, then: nanie pair --again\n"
            "For a second account, use a second state directory: --state DIR"
        )
    if again:
        for path in layout.whatsapp.glob(f"{layout.session.name}*"):
            path.unlink(missing_ok=True)


def _arguments(settings: Settings, phone: str | None) -> BridgeArguments:
    from nanie_actors.whatsapp.live.bridge_arguments import BridgeArguments

    return BridgeArguments(
        "pair",
        link_fd=0,
        state=settings.state.dir,
        device_name=settings.whatsapp.device_name,
        history_days=settings.whatsapp.history_days,
        segment_bytes=settings.whatsapp.journal_segment_bytes,
        phone=phone,
    )
