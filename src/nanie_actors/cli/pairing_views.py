"""How a pairing looks: on a terminal, in a file or a pipe, and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from nanie_actors.cli.rendering import console
from nanie_actors.qr_code import ON_PAPER, qr_lines
from nanie_actors.whatsapp.live.pairing import CODES
from nanie_actors.whatsapp.live.reports import PairingFailed

WHERE: Final = "On the phone: WhatsApp → Settings → Linked devices → Link a device"
SCAN: Final = f"{WHERE}, then scan this"
TYPE: Final = f"{WHERE} → Link with phone number instead, then type:"
TAKING_IN: Final = (
    "Linked to {account}. The phone sends its history, for a minute or so; Ctrl-C cuts it short."
)

BESIDE_LINES: Final = 3
"""Beside the code itself: what to do, how long it is good for, and the cursor's."""


class TerminalView:
    """Redraws in place. A context; at its end the last picture is gone."""

    def __init__(self, out: Console | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._console = out or console()
        self._clock = clock
        self._live = Live(console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop")
        self._picture: Callable[[], RenderableType] = lambda: Text("Asking WhatsApp for a code …")
        self._ends_at: float | None = None

    def __enter__(self) -> Self:
        self._live.start()
        self.passing()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def qr(self, data: str, place: int, lives_s: float) -> None:
        """As large as it must be; a window that is too small is told to be enlarged, and looked at again."""
        self._show(lambda: self._qr(data, place), lives_s)

    def code(self, code: str, lives_s: float) -> None:
        """The letters apart, to be read from across a table."""
        card = Panel.fit(Text(" ".join(code), style="bold"), padding=(1, 4))
        self._show(lambda: Group(Text(TYPE), card), lives_s)

    def linked(self, account: str) -> None:
        """In place of the code."""
        self._show(lambda: Text(TAKING_IN.format(account=account)), None)

    def history(self, entries: int) -> None:
        """A count that moves."""
        self._show(lambda: Text(f"The phone sends its history: {entries} pieces so far …"), None)

    def passing(self) -> None:
        """Count down, and fit into the window as it is now."""
        picture = self._picture()
        if self._ends_at is not None:
            left = max(0, round(self._ends_at - self._clock()))
            picture = Group(picture, Text(f"Good for another {left} s. Ctrl-C ends.", style="dim"))
        self._live.update(picture, refresh=True)

    def _show(self, picture: Callable[[], RenderableType], lives_s: float | None) -> None:
        self._picture = picture
        self._ends_at = None if lives_s is None else self._clock() + lives_s
        self.passing()

    def _qr(self, data: str, place: int) -> RenderableType:
        coloured = self._console.color_system is not None and not self._console.no_color
        lines = qr_lines(data, inverted=not coloured)
        width, height = len(lines[0]), len(lines) + BESIDE_LINES
        if self._console.width < width or self._console.height < height:
            return _too_small(width, height)
        code = Text("\n".join(lines), style=ON_PAPER if coloured else "", no_wrap=True)
        return Group(Text(f"{SCAN} (code {place} of {CODES})", no_wrap=True, overflow="ellipsis"), code)


class PlainView:
    """Every code once, one under the other: for output that cannot be redrawn."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to restore."""

    def qr(self, data: str, place: int, lives_s: float) -> None:
        """Light on dark, as most terminals are that such output is looked at in."""
        click.echo("\n".join((f"{SCAN}:", *qr_lines(data, inverted=True), _good_for(lives_s))))

    def code(self, code: str, lives_s: float) -> None:
        """One line."""
        click.echo(f"{TYPE} {code}\n{_good_for(lives_s)}")

    def linked(self, account: str) -> None:
        """One line."""
        click.echo(TAKING_IN.format(account=account))

    def history(self, entries: int) -> None:
        """Nothing: a file needs no progress."""

    def passing(self) -> None:
        """Nothing: what is printed stays as it is."""


class JsonView:
    """One JSON object a line and step, with its name in `step`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to restore."""

    def qr(self, data: str, place: int, lives_s: float) -> None:
        """`qr`: what the QR code is to hold."""
        self.step("qr", data=data, place=place, lives_s=lives_s)

    def code(self, code: str, lives_s: float) -> None:
        """`code`: what to type."""
        self.step("code", code=code, lives_s=lives_s)

    def linked(self, account: str) -> None:
        """`linked`: with the account's own address."""
        self.step("linked", account=account)

    def history(self, entries: int) -> None:
        """`history`: pieces so far."""
        self.step("history", entries=entries)

    def passing(self) -> None:
        """Nothing: programs have clocks."""

    def end(self, failure: PairingFailed | None) -> None:
        """`done`, or `failed` with a kind and a sentence."""
        if failure is None:
            self.step("done")
        else:
            self.step("failed", kind=failure.kind, why=failure.why)

    def step(self, name: str, **facts: Any) -> None:
        """Write one line, at once."""
        click.echo(json.dumps({"step": name, **facts}))


def view_for_people() -> TerminalView | PlainView:
    """What suits the standard output."""
    out = console()
    return TerminalView(out) if out.is_terminal and not out.is_dumb_terminal else PlainView()


def _good_for(lives_s: float) -> str:
    return f"Good for {lives_s:.0f} s."


def _too_small(width: int, height: int) -> Text:
    return Text(
        f"The QR code needs a window of {width} columns and {height} lines: enlarge it, or make its letters "
        "smaller, and it appears. Or end with Ctrl-C and use: nanie pair --code +PHONE"
    )
