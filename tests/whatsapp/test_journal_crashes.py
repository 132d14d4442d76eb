"""The journal's promise under any accident: what was told durable is read, in order, under its own number."""

from __future__ import annotations

from contextlib import suppress
from errno import EIO, ENOSPC

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from journals import FOLDER, ROOT, event, writer_on

from nanie_actors.storage.accidents import Cut
from nanie_actors.storage.memory_files import MemoryFiles
from nanie_actors.whatsapp.live.journal_reader import JournalReader
from nanie_actors.whatsapp.live.journal_writer import JournalWriter


class Refused(Exception):
    """The bridge ends while the disk refuses."""


class JournalMachine(RuleBasedStateMachine):
    """A bridge that writes and a worker that reads; either may be killed, and the power may go.

    Each event has a text of its own. `durable` are those whose append returned, with their numbers; `settled`
    those that the worker has taken, for which it needs the journal no more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.files = MemoryFiles(ROOT)
        self.durable: dict[int, str] = {}
        self.settled: dict[int, str] = {}
        self.texts = 0
        self.writer: JournalWriter | None = None
        self.reader: JournalReader | None = None
        self.next = 1

    def _event_text(self) -> str:
        self.texts += 1
        return f"text {self.texts}"

    def _bridge(self) -> JournalWriter:
        if self.writer is None:
            writer = writer_on(self.files)
            writer.open()
            self.writer = writer
        return self.writer

    def _append(self, attempts: int) -> None:
        writer, text = self._bridge(), self._event_text()
        left = attempts

        def refused(error: OSError) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise Refused from error

        number = writer.append([event(self.texts, text)], refused)
        assert number not in self.durable, "a number was given twice"
        expected = self.next if self.reader else JournalReader(FOLDER, self.files).first()
        assert number >= expected, "the worker would take it for known"
        self.durable[number] = text

    def _over(self, *, power: bool, choose: st.DataObject | None = None) -> None:
        """Both processes are gone (power) or the bridge alone."""
        self.writer = None
        if power:
            self.reader = None
            assert choose is not None
            self.files.power_loss(lambda most: choose.draw(st.integers(0, most)))
        else:
            self.files.kill()

    @rule(count=st.integers(1, 5))
    def take_in(self, count: int) -> None:
        with suppress(OSError):
            for _ in range(count):
                self._append(attempts=20)

    @rule(
        call=st.sampled_from(["write", "sync", "truncate", "open_new", "sync_folder"]),
        error=st.sampled_from([EIO, ENOSPC]),
        count=st.integers(1, 3),
        taken=st.integers(0, 150),
        gives_up=st.booleans(),
    )
    def take_in_on_a_bad_disk(self, call: str, error: int, count: int, taken: int, gives_up: bool) -> None:
        self.files.fail(call, error, count=count, taken=taken if call == "write" else 0)
        try:
            self._append(attempts=1 if gives_up else 20)
        except OSError:
            self.writer = None  # it could not even be opened
        except Refused:
            self._over(power=False)
        self.files.heal()

    @rule(calls=st.integers(0, 12), power=st.booleans(), data=st.data())
    def die_while_taking_in(self, calls: int, power: bool, data: st.DataObject) -> None:
        self.files.cut_after(calls, lambda most: data.draw(st.integers(0, most)))
        with suppress(Cut):
            for _ in range(4):
                self._append(attempts=20)
        self._over(power=power, choose=data)

    @rule(data=st.data())
    def lose_power(self, data: st.DataObject) -> None:
        self._over(power=True, choose=data)

    @rule()
    def kill_the_worker(self) -> None:
        self.reader = None

    @rule(most=st.integers(1, 20), settle=st.booleans(), close=st.booleans())
    def read(self, most: int, settle: bool, close: bool) -> None:
        if self.reader is None:
            self.reader = JournalReader(FOLDER, self.files)
            self.next = self.reader.first()
        for _, entry in zip(range(most), self.reader.read_from(self.next), strict=False):
            assert entry.number >= self.next
            self.next = entry.number + 1
            (found,) = entry.events
            text = found.message.text  # type: ignore[union-attr]
            assert self.durable.get(entry.number, text) == text
            self.settled[entry.number] = text
            if settle:
                self.reader.settled_up_to(entry.number)
        if close:
            self.reader.close()
            self.reader = None

    @invariant()
    def nothing_durable_is_lost(self) -> None:
        """What the worker has not taken yet, a fresh worker would find."""
        reader = JournalReader(FOLDER, self.files)
        there = {
            entry.number: entry.events[0].message.text  # type: ignore[union-attr]
            for entry in reader.read_from(reader.first())
        }
        missing = set(self.durable.items()) - set(there.items()) - set(self.settled.items())
        assert not missing


JournalMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestJournal = JournalMachine.TestCase
