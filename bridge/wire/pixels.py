"""Pixels between a canvas and a message's payload: the box that is not empty, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.wire.protocol import FRAGMENT_BYTES, ImageBlob
from engine import Rgba, content_box


@dataclass(frozen=True)
class Box:
    """A rectangle of a canvas, in pixels."""

    x: int
    y: int
    width: int
    height: int

    def of(self, canvas: Rgba) -> Rgba:
        """The canvas's pixels in the box: a view."""
        return canvas[self.y : self.y + self.height, self.x : self.x + self.width]


def filled_box(rgba: Rgba) -> Box:
    """The smallest box outside which every pixel's alpha is 0; 0 x 0 where all of them are."""
    rows, columns = content_box(rgba)
    return Box(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)


def pixel_bytes(width: int, height: int, depth: int) -> int:
    """How many bytes a box of pixels takes: four channels of `depth` bits."""
    return width * height * 4 * depth // 8


def blob(box: Box, depth: int, offset: int) -> ImageBlob:
    """How a header names the box's pixels, which begin at `offset` in the payload."""
    length = pixel_bytes(box.width, box.height, depth)
    return ImageBlob(
        x=box.x, y=box.y, width=box.width, height=box.height, offset=offset, length=length
    )


def blob_fault(image: ImageBlob, canvas: tuple[int, int], depth: int, offset: int) -> str | None:
    """What is wrong with a blob that must lie on a canvas (width, height) and begin at `offset`."""
    if image.x + image.width > canvas[0] or image.y + image.height > canvas[1]:
        return "the box reaches over the canvas"
    if image.offset != offset:
        return f"the offset must be {offset}, as blobs follow one another without gaps"
    if image.length != pixel_bytes(image.width, image.height, depth):
        return "the length is not width x height x 4 x depth / 8"
    return None


def row_fragments(pixels: Rgba) -> Iterator[memoryview]:
    """The bytes of a box in rows from the top, whole rows at a time and about a fragment's worth.

    Only a box narrower than its canvas is copied, one fragment at a time.
    """
    height, width = pixels.shape[:2]
    row_bytes = width * pixels.dtype.itemsize * 4
    step = max(1, FRAGMENT_BYTES // max(1, row_bytes))
    for top in range(0, height if width else 0, step):
        yield np.ascontiguousarray(pixels[top : top + step]).view(np.uint8).reshape(-1).data


class PixelWriter:
    """Puts the bytes of one box, as they come, on its place on a canvas."""

    def __init__(self, canvas: Rgba, image: ImageBlob) -> None:
        box = Box(image.x, image.y, image.width, image.height).of(canvas)
        row_bytes = box.shape[1] * box.itemsize * 4
        shape = (1, image.length) if box.shape[1] == canvas.shape[1] else (len(box), row_bytes)
        self._rows: NDArray[np.uint8] = box.view(np.uint8).reshape(shape)
        self._position = 0
        self.missing = image.length
        """Bytes still to come"""

    def write(self, part: memoryview) -> None:
        """Take the next bytes, at most `missing` of them."""
        data: NDArray[Any] = np.frombuffer(part, np.uint8)
        self.missing -= len(data)
        row_bytes = self._rows.shape[1]
        while len(data):
            row, start = divmod(self._position, row_bytes)
            whole_rows = 0 if start else len(data) // row_bytes
            taken = whole_rows * row_bytes or min(len(data), row_bytes - start)
            if whole_rows:
                self._rows[row : row + whole_rows] = data[:taken].reshape(whole_rows, row_bytes)
            else:
                self._rows[row, start : start + taken] = data[:taken]
            self._position += taken
            data = data[taken:]
