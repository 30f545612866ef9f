"""What one client has yet to be told: bounded, however slowly it reads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from websockets.asyncio.connection import Connection

from bridge.wire.protocol import Progress
from bridge.wire.stream import Outgoing, send

ROOM = 16
"""Replies that may wait before the client's next message is read."""


class Outbox:
    """Replies in order, and of each job's progress only the newest.

    Args:
        delivered: called after each reply with pixels.
    """

    def __init__(self, delivered: Callable[[], None]) -> None:
        self._replies: deque[Outgoing] = deque()
        self._progress: dict[str, Progress] = {}
        self._delivered = delivered
        self._filled = asyncio.Event()
        self._taken = asyncio.Event()
        self._closed = False

    @property
    def holds_pixels(self) -> bool:
        """Whether a reply with pixels has still to be sent."""
        return any(reply.pixels for reply in self._replies)

    def reply(self, message: Outgoing, job: str | None = None) -> None:
        """Send a message; the job that it ends gets no more progress."""
        if job is not None:
            self._progress.pop(job, None)
        self._replies.append(message)
        self._filled.set()

    def tell(self, progress: Progress) -> None:
        """Send this, unless something newer of the same job comes before its turn."""
        self._progress[progress.job] = progress
        self._filled.set()

    async def room(self) -> None:
        """Wait until there is room for another reply."""
        await self._at_most(ROOM)

    async def flushed(self) -> None:
        """Wait until every reply is sent, or can be sent no more."""
        await self._at_most(0)

    async def _at_most(self, replies: int) -> None:
        while len(self._replies) > replies and not self._closed:
            self._taken.clear()
            await self._taken.wait()

    async def run(self, connection: Connection, stall_s: float) -> None:
        """Send until the connection ends.

        Raises:
            TimeoutError: the client takes nothing.
            ConnectionClosed: the connection is closed.
        """
        try:
            while True:
                await self._filled.wait()
                await self._send_next(connection, stall_s)
        finally:
            self._closed = True
            self._taken.set()

    async def _send_next(self, connection: Connection, stall_s: float) -> None:
        if self._replies:
            reply = self._replies[0]
            await send(connection, reply, stall_s)
            self._replies.popleft()
            self._taken.set()
            if reply.pixels:
                self._delivered()
        elif self._progress:
            progress = self._progress.pop(next(iter(self._progress)))
            await send(connection, Outgoing(progress), stall_s)
        else:
            self._filled.clear()
