"""Raw rows of pixels, as bytes: the order of channels, coverage, emptiness.

Krita keeps integer pixels as B G R A, the wire has R G B A; both are straight alpha, with one byte
or two (little-endian) a channel. Python in Krita has no numpy: extended slices do the work.
"""

from __future__ import annotations

from typing import Any

_INVERTED = bytes(range(255, -1, -1))


def swap_red_and_blue(pixels: Any, depth: int) -> bytearray:
    """A copy of bytes-like `pixels` in which the first and the third channel changed places."""
    out = bytearray(pixels)
    size = depth // 8
    for byte in range(size):
        first, third = slice(byte, None, 4 * size), slice(2 * size + byte, None, 4 * size)
        out[first], out[third] = out[third], out[first]
    return out


def eraser(coverage: bytes, depth: int) -> bytearray:
    """Black pixels whose alpha is what `coverage` (one byte a pixel, 255 = kept) leaves out."""
    size = depth // 8
    out = bytearray(len(coverage) * 4 * size)
    for byte in range(3 * size, 4 * size):
        out[byte :: 4 * size] = coverage.translate(_INVERTED)
    return out


def is_transparent(pixels: bytearray, depth: int) -> bool:
    """Whether the alpha of every pixel is 0."""
    size = depth // 8
    planes = (pixels[byte :: 4 * size] for byte in range(3 * size, 4 * size))
    return all(plane.count(0) == len(plane) for plane in planes)
