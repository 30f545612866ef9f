"""One colour a region: the flat color as the model drew it, put into the few colours it meant."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

ALIKE = 7 / 255
"""How far the model's noise takes a colour from what it means."""
FAR = 4 * ALIKE
"""No colour of the palette is meant by one that is as far from all of them."""
EXACT = 1.5 / 255
"""How far pixels of one colour are apart in a picture."""
CALM = 10 / 255
"""The most that a region's inside differs from pixel to pixel."""
RARE = 0.1
"""What is nearly a colour, and this much rarer, is that colour with noise."""
COARSE = 8
"""Levels of 255 in a bin of the census of colours."""
SMALLEST = 12
"""Pixels of the guide that a colour must have."""
MOST = 512
"""Colours that are told apart; what is left goes to the nearest."""


def settle(flat: Floats, source: Floats, bare: Mask) -> tuple[NDArray[np.int32], Floats]:
    """Give every pixel the colour of its region.

    Args:
        flat: (h, w, 4) the model's flat color, straight alpha.
        source: (h, w, 4) the picture, fitted.
        bare: (h, w) where the model says that nothing but flat color is seen.

    Returns:
        (h, w) the number of each pixel's colour, -1 where there is no flat; and the (n + 1, 3)
        colours, the last one for none.
    """
    there = flat[..., 3] >= 0.5
    colour = np.ascontiguousarray(flat[..., :3])
    calm = there & _calm(colour, there)
    numbers, palette = _census(colour, calm)
    numbers = _complete(colour, numbers, palette, there)
    numbers, palette = _parted(numbers, palette, source, bare)
    own = there & (numbers < 0)
    numbers[own] = len(palette) + np.arange(own.sum())
    return numbers, np.concatenate([palette, colour[own], np.zeros((1, 3), np.float32)])


def _calm(colour: Floats, there: Mask) -> Mask:
    """Where colours differ little within 3 x 3 pixels."""
    kernel = np.ones((3, 3), np.uint8)
    spread = (cv2.dilate(colour, kernel) - cv2.erode(colour, kernel)).max(axis=-1)
    inside = cv2.erode(there.astype(np.uint8), kernel, borderValue=1) > 0
    return np.asarray((spread < 2 * CALM) & inside)


def _census(colour: Floats, calm: Mask) -> tuple[NDArray[np.int32], Floats]:
    """Number the calm pixels by the commonest colours; -1 elsewhere."""
    numbers = np.full(calm.shape, -1, np.int32)
    pixels = cv2.blur(colour, (3, 3))[calm]
    codes = np.rint(pixels * (255 / COARSE)).astype(np.int32) @ np.array([4096, 64, 1], np.int32)
    found = np.full(len(pixels), -1, np.int32)
    palette: list[Floats] = []
    sizes: list[int] = []
    bins, counts = np.unique(codes, return_counts=True)
    for code in bins[np.argsort(-counts, kind="stable")][: 4 * MOST]:
        free = np.flatnonzero((codes == code) & (found < 0))
        if len(free) < SMALLEST or len(palette) == MOST:
            continue
        mean = np.median(pixels[free], axis=0)
        if any(
            np.abs(one - mean).max() <= 2 * ALIKE and RARE * many > len(free)
            for one, many in zip(palette, sizes, strict=True)
        ):
            continue
        near = (np.abs(pixels - mean).max(axis=-1) <= ALIKE) & (found < 0)
        found[near] = len(palette)
        palette.append(np.median(pixels[near], axis=0))
        sizes.append(int(near.sum()))
    numbers[calm] = found
    return numbers, np.array(palette, np.float32).reshape(-1, 3)


def _complete(
    colour: Floats, numbers: NDArray[np.int32], palette: Floats, there: Mask
) -> NDArray[np.int32]:
    """Number the pixels that are left: soft borders, and what is too small to be calm.

    A colour between those beside it is their mixture, and is put to the nearer of them. Any other
    is put to the nearest of the palette, if one is near.
    """
    if not len(palette):
        return numbers
    numbers = numbers.copy()
    left = there & (numbers < 0)
    lost = np.flatnonzero(left & ~_between(colour, numbers >= 0))
    apart = np.full(len(lost), FAR, np.float32)
    for number, one in enumerate(palette):
        distance = np.abs(colour.reshape(-1, 3)[lost] - one).max(axis=-1)
        nearer = distance < apart
        apart[nearer] = distance[nearer]
        numbers.ravel()[lost[nearer]] = number
    for _ in range(4):
        _spread(colour, numbers, palette, there)
    return numbers


def _between(colour: Floats, known: Mask) -> Mask:
    """Where a colour is between those that are known within two pixels, channel by channel."""
    near = np.ones((5, 5), np.uint8)
    least = cv2.erode(np.where(known[..., None], colour, np.float32(2)), near)
    most = cv2.dilate(np.where(known[..., None], colour, np.float32(-1)), near)
    return np.asarray(((colour > least - ALIKE) & (colour < most + ALIKE)).all(axis=-1))


def _spread(colour: Floats, numbers: NDArray[np.int32], palette: Floats, there: Mask) -> None:
    """Number pixels by that of their neighbours whose colour is most like their own."""
    open_ = there & (numbers < 0)
    rows, columns = np.nonzero(open_)
    padded = np.pad(numbers, 1, constant_values=-1)
    best = np.full(len(rows), np.inf, np.float32)
    choice = np.full(len(rows), -1, np.int32)
    own = colour[open_]
    for down, right in np.ndindex(3, 3):
        other = padded[rows + down, columns + right]
        apart = np.abs(own - palette[other]).max(axis=-1)
        better = (other >= 0) & (apart < best)
        best[better], choice[better] = apart[better], other[better]
    numbers[open_] = choice


def _parted(
    numbers: NDArray[np.int32], palette: Floats, source: Floats, bare: Mask
) -> tuple[NDArray[np.int32], Floats]:
    """Give each connected region the colour that the picture shows in it, bare of all else.

    Two whites may be one colour to the model. What a region does not show again and again, as under
    a glow that the model left out, it has from the model.
    """
    numbers, colours = numbers.copy(), [*palette]
    for number in range(len(palette)):
        where = numbers == number
        _, parts = cv2.connectedComponents(where.astype(np.uint8), connectivity=4)
        shown = where & bare
        of, pixels = parts[shown], source[shown][:, :3]
        order = np.argsort(of, kind="stable")
        ends = np.searchsorted(of[order], np.arange(1, parts.max() + 2))
        renamed = np.full(parts.max() + 1, number, np.int32)
        for part, (first, last) in enumerate(pairwise(ends), start=1):
            seen = _common(pixels[order[first:last]])
            if seen is not None and np.abs(seen - palette[number]).max() <= 2 * ALIKE:
                renamed[part] = len(colours)
                colours.append(seen)
        numbers[where] = renamed[parts[where]]
    return numbers, np.array(colours, np.float32).reshape(-1, 3)


def _common(colours: Floats) -> Floats | None:
    """The colour that most of (N, 3) are, if there is one."""
    if len(colours) < SMALLEST:
        return None
    middle = np.asarray(np.median(colours, axis=0), np.float32)
    same = np.abs(colours - middle).max(axis=-1) <= EXACT
    return middle if same.mean() > 0.5 else None
