"""Krita's tiles: 64 x 64 pixels each, raw or compressed with LZF.

A compressed tile is a stream of LZF (M. Lehmann's LibLZF) whose bytes are sorted by their place in
the pixel: first those of all blues, then of all greens, and so on.
"""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SIDE = 64
RAW, COMPRESSED = 0, 1
SHORT = 32
"""A control byte below this begins a run of bytes that are copied as they are."""


class Window(NamedTuple):
    """The part of a layer that lies on the canvas, in the layer's own pixels."""

    top: int
    left: int
    bottom: int
    right: int

    def meets(self, x: int, y: int) -> bool:
        """Whether anything of a tile lies in it."""
        across = self.left - SIDE < x < self.right
        return across and self.top - SIDE < y < self.bottom


class Area(NamedTuple):
    """Pixels of a layer, and where their upper left corner lies."""

    pixels: NDArray[Any]
    """(h, w, channels)"""
    top: int
    left: int


def read_tiles(
    data: bytes, dtype: np.dtype[Any], channels: int, default: bytes, window: Window
) -> Area:
    """Read a member of a KRA that holds tiles; what no tile covers is the default pixel.

    Krita keeps what is painted beside the canvas, however far. Only tiles that meet the window are
    expanded, so one stray stroke does not fill the memory.

    Args:
        data: the member.
        dtype: of a channel.
        channels: of a pixel.
        default: one pixel.
        window: what is wanted; whole tiles of it come back.

    Raises:
        ValueError: it is no such member, or cut off.
    """
    file = io.BytesIO(data)
    head = dict(file.readline().split() for _ in range(4))
    count = int(file.readline().split()[1])
    size = dtype.itemsize * channels
    if (
        head[b"TILEWIDTH"] != b"64"
        or head[b"TILEHEIGHT"] != b"64"
        or int(head[b"PIXELSIZE"]) != size
    ):
        raise ValueError("the tiles are of another kind than the layer")
    packed = dict(_tile(file) for _ in range(count))
    tiles = {at: _pixels(tile, size) for at, tile in packed.items() if window.meets(*at)}
    if not tiles:
        return Area(np.zeros((0, 0, channels), dtype), 0, 0)
    left, top = (min(place[axis] for place in tiles) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in tiles) + SIDE for axis in (0, 1))
    pixels = np.empty((bottom - top, right - left, channels), dtype)
    pixels[:] = np.frombuffer(default, dtype, channels)
    for (x, y), content in tiles.items():
        tile = np.frombuffer(content, dtype).reshape(SIDE, SIDE, channels)
        pixels[y - top : y - top + SIDE, x - left : x - left + SIDE] = tile
    return Area(pixels, top, left)


def _tile(file: io.BytesIO) -> tuple[tuple[int, int], bytes]:
    """A tile's place, x and y, and its bytes as they are stored."""
    x, y, kind, length = file.readline().split(b",")
    content = file.read(int(length))
    if kind != b"LZF" or len(content) < int(length):
        raise ValueError("a tile is cut off")
    return (int(x), int(y)), content


def _pixels(content: bytes, size: int) -> bytes:
    """A tile's bytes, pixel by pixel."""
    if content[0] == RAW:
        plain = content[1:]
    else:
        planes = np.frombuffer(expand(content[1:], SIDE * SIDE * size), np.uint8)
        plain = planes.reshape(size, SIDE * SIDE).T.tobytes()
    if len(plain) != SIDE * SIDE * size:
        raise ValueError("a tile has the wrong size")
    return plain


def expand(data: bytes, length: int) -> bytes:
    """Expand a stream of LZF to `length` bytes.

    A control byte c below 32 is followed by c + 1 bytes to copy. Else its upper three bits, plus 2,
    say how many bytes repeat (7 adds the next byte), its lower five and one byte more how far back.

    Raises:
        ValueError: the stream does not give that many bytes.
    """
    out, at, end = bytearray(), 0, len(data)
    try:
        while at < end and len(out) <= length:
            control = data[at]
            at += 1
            if control < SHORT:
                out += data[at : at + control + 1]
                at += control + 1
                continue
            count = control >> 5
            if count == 7:
                count += data[at]
                at += 1
            back = ((control & 31) << 8 | data[at]) + 1
            at += 1
            _repeat(out, back, count + 2)
    except IndexError:
        raise ValueError("the compressed tile is cut off") from None
    if len(out) != length:
        raise ValueError("the compressed tile has the wrong size")
    return bytes(out)


def _repeat(out: bytearray, back: int, count: int) -> None:
    """Append `count` bytes from `back` bytes ago; they may run into themselves."""
    start = len(out) - back
    if start < 0:
        raise ValueError("the compressed tile refers to what is not there")
    piece = bytes(out[start : start + count])
    out += piece if back >= count else (piece * (count // back + 1))[:count]
