"""How a pairing looks: on a terminal, in a file or a pipe, and for programs."""

from __future__ import annotations

import json
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from nanie_actors.cli.qr_code import qr_lines, qr_text
from nanie_actors.cli.rendering import console

WHERE: Final = "On the phone: WhatsApp → Settings → Linked devices → Link a device"
SCAN: Final = f"{WHERE}, then scan this:"
TYPE: Final = f"{WHERE} → Link with phone number instead, then type:"
TAKING_IN: Final = "Linked to {account}. The phone sends its history; that may take a minute …"


class TerminalView:
    """Redraws in place. A context; at its end the last picture is gone."""

    def __init__(self, out: Console | None = None) -> None:
        self._console = out or console()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._picture: RenderableType = Text("Asking WhatsApp for a code …")
        self._ends_at: float | None = None

    def __enter__(self) -> Self:
        self._live.start()
        self.passing()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def qr(self, data: str, lives_s: float) -> None:
        """As large as it must be; a window that is too small is told to be enlarged."""
        lines = qr_lines(data)
        width, height = len(lines[0]), len(lines) + 2
        if self._console.width < width or self._console.height <= height:
            self._show(_too_small(width, height), lives_s)
        else:
            self._show(Group(Text(SCAN), qr_text(data)), lives_s)

    def code(self, code: str, lives_s: float) -> None:
        """The letters apart, to be read from across a table."""
        self._show(Group(Text(TYPE), Panel.fit(Text(" ".join(code), style="bold"), padding=(1, 4))), lives_s)

    def linked(self, account: str) -> None:
        """In place of the code."""
        self._show(Text(TAKING_IN.format(account=account)), None)

    def history(self, entries: int) -> None:
        """A count that moves."""
        self._show(Text(f"The phone sends its history: {entries} pieces so far …"), None)

    def passing(self) -> None:
        """Count down."""
        picture = self._picture
        if self._ends_at is not None:
            left = max(0, round(self._ends_at - monotonic()))
            picture = Group(picture, Text(f"Good for another {left} s. Ctrl-C ends.", style="dim"))
        self._live.update(picture, refresh=True)

    def _show(self, picture: RenderableType, lives_s: float | None) -> None:
        self._picture = picture
        self._ends_at = None if lives_s is None else monotonic() + lives_s
        self.passing()


class PlainView:
    """Every code once, one under the other: for output that cannot be redrawn."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to restore."""

    def qr(self, data: str, lives_s: float) -> None:
        """Light on dark, as most terminals are that such output is looked at in."""
        click.echo("\n".join((SCAN, *qr_lines(data, inverted=True), _good_for(lives_s))))

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

    def qr(self, data: str, lives_s: float) -> None:
        """`qr`: what the QR code is to hold."""
        self.step("qr", data=data, lives_s=lives_s)

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

    def step(self, name: str, **facts: Any) -> None:
        """Write one line, at once."""
        click.echo(json.dumps({"step": name, **facts}))


def _good_for(lives_s: float) -> str:
    return f"Good for {lives_s:.0f} s."


def _too_small(width: int, height: int) -> Text:
    return Text(
        f"The QR code needs a window of {width} columns and {height + 1} lines: enlarge it and wait for the "
        "next code, or end with Ctrl-C and use: nanie pair --code +PHONE"
    )
