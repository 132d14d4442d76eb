"""The language model as the groups see it: a thread of its own, in which requests wait for their answers.

One thread with an event loop, not a pool: a request is a wait, and what waits in a loop can be called off
when the worker stops. No actor ever waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict, dataclass
from threading import Lock, Thread
from time import monotonic
from typing import Protocol
from zoneinfo import ZoneInfo

from nanie_actors.llm.answer import events_of
from nanie_actors.llm.desk import Asked, Desk, DeskLimits
from nanie_actors.llm.failures import ModelFailure, Unreachable, Unusable
from nanie_actors.llm.prompt import Message, prompt_of
from nanie_actors.model import GroupId
from nanie_actors.settings.llm_section import LlmSettings
from nanie_actors.timeline.extractor import ExtractedEvent
from nanie_actors.timeline.questions import Answer, Hear, Question
from nanie_actors.timeline.timeline import MessageKey

logger = logging.getLogger(__name__)


class Completes(Protocol):
    """Whoever knows the provider."""

    async def complete(self, messages: list[Message]) -> str:
        """The model's answer. Raises ModelFailure."""


@dataclass(frozen=True, slots=True)
class ModelStats:
    """`reason` says why the newest question was not answered, if it was not; it names nobody."""

    answers: bool
    reason: str
    waiting: int
    asked: int
    outcomes: dict[str, int]


class ModelReader:
    """Implements timeline.questions.Model."""

    def __init__(self, settings: LlmSettings, zone: ZoneInfo, provider: Completes) -> None:
        self._timeout_s = settings.timeout_s
        self._zone = zone
        self._provider = provider
        self._history = settings.history
        self._lock = Lock()
        self._desk = Desk(_limits(settings), monotonic())
        self._reason = ""
        self._ended = False
        self._wake = asyncio.Event()
        self._requests: set[asyncio.Task[None]] = set()
        self._thread = Thread(target=self._run, name="language-model", daemon=True)

    @property
    def history(self) -> int:
        """How many messages of a log that is read as a whole are asked about."""
        return self._history

    # ── any thread ──────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Ask from now on."""
        self._loop = asyncio.new_event_loop()
        self._thread.start()

    def stop(self, within_s: float) -> bool:
        """Call off what is under way: the next start asks again. False if that takes too long."""
        with self._lock:
            self._ended = True
        if not self._thread.is_alive():
            return True
        self._rouse()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def ask(self, question: Question, hear: Hear) -> None:
        """See timeline.questions.Model."""
        with self._lock:
            self._desk.ask(question, hear)
        self._rouse()

    def drop(self, group: GroupId, key: MessageKey) -> None:
        """See timeline.questions.Model."""
        with self._lock:
            self._desk.drop(group, key)

    def drop_all(self, group: GroupId) -> None:
        """See timeline.questions.Model."""
        with self._lock:
            self._desk.drop_all(group)

    def stats(self) -> ModelStats:
        """For metrics and the dump."""
        with self._lock:
            desk = self._desk
            answers = not desk.breaker.troubled
            return ModelStats(answers, self._reason, desk.waiting, desk.out, asdict(desk.counts))

    def _rouse(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._wake.set)
        except RuntimeError:  # the loop is closed: the worker has stopped
            logger.debug("the model is asked while the worker stops")

    # ── the thread ──────────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        while True:
            self._wake.clear()
            with self._lock:
                if self._ended:
                    break
                taken = self._desk.take(monotonic())
            if isinstance(taken, Asked):
                self._begin(taken)
            else:
                await self._sleep(taken)
        for request in list(self._requests):
            request.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)

    async def _sleep(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _begin(self, asked: Asked) -> None:
        request = self._loop.create_task(self._request(asked))
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)

    async def _request(self, asked: Asked) -> None:
        try:
            events = await self._read(asked.question)
        except ModelFailure as failure:
            self._failed(asked, failure)
        except Exception as error:
            logger.exception("a question to the language model failed")
            self._failed(asked, Unusable(f"a fault of ours ({type(error).__name__})"))
        else:
            self._answered(asked, events)
        self._wake.set()

    async def _read(self, question: Question) -> tuple[ExtractedEvent, ...]:
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._provider.complete(prompt_of(question, self._zone))
        except TimeoutError:
            raise Unreachable("no answer in time") from None
        return events_of(answer, question, self._zone)

    def _answered(self, asked: Asked, events: tuple[ExtractedEvent, ...]) -> None:
        with self._lock:
            again = self._desk.breaker.troubled
            wanted = self._desk.read(asked)
            self._reason = ""
        if again:
            logger.info("the language model answers again")
        if wanted:
            asked.hear(Answer(asked.question, events))

    def _failed(self, asked: Asked, failure: ModelFailure) -> None:
        with self._lock:
            before = self._desk.breaker.troubled
            given_up = self._desk.failed(asked, failure, monotonic())
            troubled = self._desk.breaker.troubled
            self._reason = failure.reason
        if troubled and not before:
            logger.warning(
                "the language model does not answer (%s): messages keep their first reading until it does",
                failure.reason,
            )
        if given_up:
            logger.warning("the language model does not read a message (%s)", failure.reason)
            asked.hear(Answer(asked.question, ()))


def _limits(settings: LlmSettings) -> DeskLimits:
    return DeskLimits(
        parallel=settings.parallel,
        per_minute=settings.per_minute,
        per_day=settings.per_day,
        tries=settings.tries,
        longest_pause_s=settings.max_pause_s,
    )
