"""Messages as WebSocket fragments, both ways, so that no picture is ever held twice.

What comes in is read header first, and its pixels go straight to the canvas that the reader gives
for them; what goes out is cut from the canvases as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from websockets.asyncio.connection import Connection

from bridge.wire.framing import PREFIX_BYTES, FrameError, header_bytes, pack_header, parse_header
from bridge.wire.pixels import PixelWriter, row_fragments
from bridge.wire.protocol import FRAGMENT_BYTES
from engine import Rgba

CLOSE_TIMEOUT_S = 2.0
PING_INTERVAL_S = 20.0
PING_TIMEOUT_S = 120.0
"""How long a ping may go unanswered; hosts block their event loop for long"""
STALL_TIMEOUT_S = 60.0
"""How long the peer may pause in the middle of a message, either way"""


def keep_buffers() -> None:
    """Let the C library reuse the buffers of fragments, which come and go by the hundred.

    glibc hands a freed block back to the system unless a larger one was freed before (mallopt(3),
    M_MMAP_THRESHOLD); a picture's fragments then cost as many page faults as the picture. So: free
    a larger one. Elsewhere it changes nothing.
    """
    bytes(4 * FRAGMENT_BYTES)


class TextMessage(Exception):
    """The peer sent text where the protocol has only binary messages."""


@dataclass(frozen=True)
class Outgoing:
    """A message to be sent: its header, and the boxes of pixels that follow it, in order."""

    header: BaseModel
    pixels: Sequence[Rgba] = ()

    def fragments(self) -> Iterator[bytes | memoryview]:
        """The message in pieces of about `FRAGMENT_BYTES`."""
        yield pack_header(self.header.model_dump(mode="json"))
        for box in self.pixels:
            yield from row_fragments(box)


async def send(connection: Connection, message: Outgoing, stall_s: float) -> None:
    """Send one message.

    Raises:
        TimeoutError: the peer took nothing for `stall_s` seconds; the connection is of no more use.
        ConnectionClosed: it is closed.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(stall_s) as deadline:

        async def moving() -> AsyncIterator[bytes | memoryview]:
            for fragment in message.fragments():
                deadline.reschedule(loop.time() + stall_s)
                yield fragment

        if message.pixels:
            await connection.send(moving())
        else:
            await connection.send(next(message.fragments()))


async def close(connection: Connection, code: int, reason: str) -> None:
    """Say goodbye, but not for long: a peer that does not read would never hear it."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await connection.close(code, reason)
    except TimeoutError:
        connection.transport.abort()


class Incoming:
    """A message of which the header has come; `into` or `skip` must take the rest."""

    def __init__(self, header: dict[str, Any], rest: AsyncIterator[memoryview]) -> None:
        self.header = header
        self._rest = rest

    async def into(self, writers: Sequence[PixelWriter]) -> None:
        """Take the payload, which fills the writers one after the other.

        Raises:
            FrameError: it is shorter or longer than they are; it has been taken whole.
        """
        waiting = [writer for writer in writers if writer.missing]
        surplus = 0
        async for part in self._rest:
            while len(part) and waiting:
                taken = min(len(part), waiting[0].missing)
                waiting[0].write(part[:taken])
                part = part[taken:]
                if not waiting[0].missing:
                    del waiting[0]
            surplus += len(part)
        if waiting:
            raise FrameError(
                f"the payload ends {sum(writer.missing for writer in waiting)} bytes too early"
            )
        if surplus:
            raise FrameError(f"the payload is {surplus} bytes too long")

    async def skip(self) -> None:
        """Take the payload and keep none of it."""
        async for _ in self._rest:
            pass


async def receive(connection: Connection, stall_s: float) -> Incoming:
    """Wait for the next message and read its header.

    Args:
        connection: whose messages are read by nothing else meanwhile.
        stall_s: how long the peer may pause inside a message.

    Raises:
        FrameError: it is no such message; it has been taken whole, the next can be read.
        TextMessage: it is text.
        TimeoutError: the peer paused too long; the connection is of no more use.
        ConnectionClosed: the connection is closed.
    """
    parts = _fragments(connection, stall_s)
    try:
        return await _read_header(parts)
    except FrameError:
        async for _ in parts:
            pass
        raise


async def _read_header(parts: AsyncIterator[memoryview]) -> Incoming:
    start = bytearray()
    needed = PREFIX_BYTES
    async for part in parts:
        while len(part) and len(start) < needed:
            taken = needed - len(start)
            start += part[:taken]
            part = part[taken:]
            if len(start) == PREFIX_BYTES:
                needed = header_bytes(start)
        if len(start) == needed:
            return Incoming(parse_header(start[PREFIX_BYTES:]), _chain(part, parts))
    raise FrameError(f"the message ends {needed - len(start)} bytes too early")


async def _chain(first: memoryview, parts: AsyncIterator[memoryview]) -> AsyncIterator[memoryview]:
    yield first
    async for part in parts:
        yield part


async def _fragments(connection: Connection, stall_s: float) -> AsyncIterator[memoryview]:
    fragments = aiter(connection.recv_streaming())
    part = await anext(fragments)
    while True:
        if isinstance(part, str):
            raise TextMessage
        yield memoryview(part)
        try:
            async with asyncio.timeout(stall_s):
                part = await anext(fragments)
        except StopAsyncIteration:
            return
