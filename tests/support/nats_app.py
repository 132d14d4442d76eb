"""The app's side of NATS, for tests: a client on a loop in a thread of its own, called from the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any, TypeVar
from uuid import uuid4

import nats
import orjson
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

from nanie_actors.router.nats.names import Names, token_of

WITHIN_S = 60.0
T = TypeVar("T")


@dataclass(frozen=True)
class Stored:
    """A message of a stream."""

    subject: str
    body: Any
    headers: Mapping[str, str]


class App:
    """What the tests call; each call ends when the server has answered."""

    def __init__(self, loop: asyncio.AbstractEventLoop, client: Client, prefix: str) -> None:
        self._loop = loop
        self.client = client
        self.names = Names(prefix)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Have something done on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WITHIN_S)

    def has_streams(self) -> bool:
        """Whether the worker, or somebody, has made all three."""
        return self.do(self._streams()) >= {self.names.rows, self.names.replies, self.names.pushes}

    async def _streams(self) -> set[str]:
        return {str(info.config.name) for info in await self.client.jetstream().streams_info()}

    def say(self, conversation: str, content: object, row: str | None = None, **more: Any) -> str:
        """Publish a row; its id."""
        made = row or str(uuid4())
        body = {"id": made, "conversation_id": conversation, "content": content, "sender_id": "anna"}
        self.publish(self.names.subject("rows", token_of(conversation)), orjson.dumps(body | more))
        return made

    def say_all(self, rows: list[tuple[str, object]]) -> None:
        """Publish many rows, in order, without waiting for each."""

        async def publish() -> None:
            stream = self.client.jetstream()
            waiting = []
            for conversation, content in rows:
                body = {"id": str(uuid4()), "conversation_id": conversation, "content": content}
                subject = self.names.subject("rows", token_of(conversation))
                waiting.append(await stream.publish_async(subject, orjson.dumps(body)))
            await asyncio.wait_for(asyncio.gather(*waiting), WITHIN_S)

        self.do(publish())

    def publish(self, subject: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Publish into a stream, as it is."""
        self.do(self._publish(subject, body, headers))

    async def _publish(self, subject: str, body: bytes, headers: dict[str, str] | None) -> None:
        await self.client.jetstream().publish(subject, body, headers=headers)

    def stored(self, stream: str) -> list[Stored]:
        """Everything that a stream has, in order."""
        return self.do(self._stored(stream))

    async def _stored(self, stream: str) -> list[Stored]:
        known = self.client.jetstream()
        try:
            left = (await known.stream_info(stream)).state.messages
        except NotFoundError:
            return []
        config = ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=10, mem_storage=True)
        made = await known.add_consumer(stream, config)
        reader = await known.pull_subscribe_bind(made.name, stream)
        found: list[Stored] = []
        while len(found) < left:
            found += [
                Stored(message.subject, orjson.loads(message.data), message.headers or {})
                for message in await reader.fetch(min(200, left - len(found)), timeout=WITHIN_S)
            ]
        await reader.unsubscribe()
        return found

    def replies(self, conversation: str) -> list[Any]:
        """What is in the stream of replies for it, in order: the bodies."""
        return [one["reply"] for one in self.answers(conversation)]

    def answers(self, conversation: str) -> list[Any]:
        """The same with what is around each body."""
        subject = self.names.subject("replies", token_of(conversation))
        return [one.body for one in self.stored(self.names.replies) if one.subject == subject]

    def newest(self, conversation: str) -> Any:
        """The newest update that is kept for it; None if there is none."""
        return self.do(self._newest(self.names.subject("pushes", token_of(conversation))))

    async def _newest(self, subject: str) -> Any:
        try:
            message = await self.client.jetstream().get_last_msg(self.names.pushes, subject)
        except NotFoundError:
            return None
        return orjson.loads(message.data or b"null")


@contextmanager
def app_on(url: str, *, prefix: str = "nanie", **options: Any) -> Iterator[App]:
    """A connected app; it connects again by itself when the server was away."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="nats-app")
    thread.start()

    async def connect() -> Client:
        async def quiet(_: Exception) -> None:
            """A server that is killed is what the test is about."""

        return await nats.connect(
            url, error_cb=quiet, reconnect_time_wait=0, max_reconnect_attempts=-1, **options
        )

    try:
        client = asyncio.run_coroutine_threadsafe(connect(), loop).result(WITHIN_S)
        try:
            yield App(loop, client, prefix)
        finally:
            asyncio.run_coroutine_threadsafe(client.close(), loop).result(WITHIN_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WITHIN_S)
        loop.close()
