"""RFC 6455 as a client hears it: a server's bytes become messages and control frames; no socket."""

from __future__ import annotations

import mmap
from typing import Callable, Iterator, NamedTuple, Optional, Union

from .framing import Buffer
from .websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, WebSocketError

MAX_MESSAGE_BYTES = 1 << 33
CONTROLS = (CLOSE, PING, PONG)

Announced = Callable[[memoryview], Optional[int]]
"""Reads from a message's first bytes how long it will be; None where they do not say."""


class Message(NamedTuple):
    """A whole binary message."""

    data: Buffer


class Control(NamedTuple):
    """A control frame: `PING`, `PONG` or `CLOSE`."""

    opcode: int
    payload: bytes


class Assembly:
    """A message while it comes in.

    Once its size is known it has memory of that size, which the system hands out only as it is
    written: nothing grows, nothing is held twice, and a picture's worth is not cleared at once.
    """

    def __init__(self, announced: Announced) -> None:
        self._announced = announced
        self._start = bytearray()
        self._room: Optional[memoryview] = None
        self.filled = 0
        """Bytes that are here"""

    @property
    def total(self) -> int:
        """The size that was announced, bytes; 0 while it is unknown."""
        return 0 if self._room is None else len(self._room)

    def add(self, part: memoryview) -> None:
        """Take the next bytes.

        Raises:
            WebSocketError: they are more than was announced.
        """
        end = self.filled + len(part)
        if self._room is None:
            self._start += part
        elif end > len(self._room):
            raise WebSocketError("The server sent a message longer than its header says.")
        else:
            self._room[self.filled : end] = part
        self.filled = end
        if self._room is None:
            self._reserve()

    def whole(self) -> Buffer:
        """The message.

        Raises:
            WebSocketError: it ends before the size that was announced.
        """
        if self._room is None:
            return self._start
        if self.filled != len(self._room):
            raise WebSocketError("The server sent a message shorter than its header says.")
        return self._room

    def _reserve(self) -> None:
        with memoryview(self._start) as start:
            total = self._announced(start)
        if total is None:
            return
        if not self.filled <= total <= MAX_MESSAGE_BYTES:
            raise WebSocketError("The server sent a message whose header gives a wrong size.")
        self._room = memoryview(mmap.mmap(-1, total))
        self._room[: self.filled] = self._start
        self._start = bytearray()


class FrameReader:
    """Takes a server's bytes as they come, gives back whole messages and control frames."""

    def __init__(self, announced: Announced) -> None:
        self._announced = announced
        self._head = bytearray()
        self._opcode = 0
        self._final = False
        self._left: Optional[int] = None
        self._control = bytearray()
        self._message: Optional[Assembly] = None

    @property
    def arrived(self) -> "tuple[int, int]":
        """How much of the message under way is here, and its size if known, else 0; bytes."""
        return (self._message.filled, self._message.total) if self._message else (0, 0)

    def feed(self, data: Buffer) -> Iterator[Union[Message, Control]]:
        """Read what came in.

        Raises:
            WebSocketError: the bytes break RFC 6455.
        """
        view = memoryview(data)
        while len(view) or self._left == 0:
            if self._left is None:
                view = self._read_head(view)
            if self._left is None:
                return
            part, view = view[: self._left], view[self._left :]
            self._left -= len(part)
            self._take(part)
            if self._left == 0:
                self._left = None
                yield from self._end_frame()

    def _read_head(self, view: memoryview) -> memoryview:
        """Take bytes until the frame's header is whole; then `_left` is known."""
        while True:
            missing = self._head_bytes() - len(self._head)
            if missing == 0:
                break
            if not len(view):
                return view
            self._head += view[:missing]
            view = view[missing:]
        self._begin_frame()
        return view

    def _head_bytes(self) -> int:
        if len(self._head) < 2:
            return 2
        return 2 + {126: 2, 127: 8}.get(self._head[1] & 0x7F, 0)

    def _begin_frame(self) -> None:
        first, second = self._head[0], self._head[1]
        length = int.from_bytes(self._head[2:], "big") if len(self._head) > 2 else second & 0x7F
        self._head.clear()
        self._opcode, self._final = first & 0x0F, bool(first & 0x80)
        if first & 0x70 or second & 0x80:
            raise WebSocketError("The server sent a frame with bits that were not agreed on.")
        if self._opcode in CONTROLS:
            if length > 125 or not self._final:
                raise WebSocketError("The server sent a control frame that is too long.")
        elif self._opcode == BINARY and self._message is None:
            self._message = Assembly(self._announced)
        elif self._opcode != CONTINUATION or self._message is None:
            raise WebSocketError("The server sent a frame that does not belong here.")
        if length > MAX_MESSAGE_BYTES:
            raise WebSocketError("The server sent a message that is too long.")
        self._left = length

    def _take(self, part: memoryview) -> None:
        if self._opcode in CONTROLS:
            self._control += part
        else:
            assert self._message is not None
            self._message.add(part)

    def _end_frame(self) -> Iterator[Union[Message, Control]]:
        if self._opcode in CONTROLS:
            control = Control(self._opcode, bytes(self._control))
            self._control.clear()
            yield control
        elif self._final:
            message, self._message = self._message, None
            assert message is not None
            yield Message(message.whole())
