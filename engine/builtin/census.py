"""The census of a picture's colours: which are of ink, found in thin dark shapes, which of fills.

Ink that is little darker than its paper, or than the paper of one side only, makes no deep ridge.
But its colour gives it away: a line's colour is seldom that of a fill, and it lies in ridges all
over the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.bands import Report, bands, map_bands, with_halo
from engine.builtin.pixels import NEARLY, Bytes, Mask, eight_bits, on_white
from engine.builtin.regions import coarse
from engine.builtin.ridges import close, deeper, wide_radius
from engine.layers import Rgba

CODES = 32**3
"""How many colours five bits a channel tell apart."""
RIDGE = 0.3
"""The depth of ridges whose colours are counted."""
BLACK = 0.52
"""The depth of ridges whose darkest colour is the usual ink."""
THIN = 0.2
"""The least share of an ink's pixels that lie in ridges; the rest are too near to dark fills."""
WIDE = 0.1
"""The greatest share of an ink's pixels inside fills."""
FILL = 0.4
"""The least share of a fill's pixels inside it."""
RARE = 0.01
"""A colour with less than this share of all ridges is no ink."""
FEWEST = 20
"""A colour with fewer pixels in ridges is no ink."""
FILL_SPREAD = 12
"""A fill's pixels differ by no more than this."""
PURE = 10
"""A pixel's colour no farther from the usual ink's is the same."""
SAMPLE = 4_000_000
"""About how many pixels are counted."""
TALL = 8
"""How many times taller than their overlap bands are."""


@dataclass(frozen=True)
class Census:
    """What the colours of a picture are used for."""

    ink: Mask
    """(32768,) by code, five bits a channel: colours found in thin dark shapes."""
    fill: Mask
    """(32768,) by code: colours of wide shapes."""
    broad: Mask
    """(32768,) by code: colours of which more than a little is inside fills."""
    usual: NDArray[np.float32]
    """(3,) of 255: the colour of the darkest tenth of the deep ridges; black without any."""

    def pick(self, colour: Bytes) -> tuple[Mask, Mask, Mask]:
        """(H, W) which of the (H, W, 3) pixels have a colour of `ink`, `fill` and `broad`."""
        ink, fill, broad = (np.empty(colour.shape[:2], bool) for _ in range(3))
        for rows in bands(*colour.shape[:2]):
            codes = coarse(colour[rows])
            ink[rows], fill[rows], broad[rows] = (
                self.ink[codes],
                self.fill[codes],
                self.broad[codes],
            )
        return ink, fill, broad

    def is_usual(self, colour: Bytes) -> Mask:
        """(H, W) which of the (H, W, 3) pixels have the colour of the usual ink."""
        lowest, highest = (np.float64(self.usual + step) for step in (-PURE, PURE))
        return np.asarray(cv2.inRange(colour, lowest, highest) > 0)


def take_census(rgba: Rgba, half: int, report: Report) -> Census:
    """Count the colours of lines, `half` their half width, and of fills; evenly spread bands do."""
    height, width = rgba.shape[:2]
    halo = 2 * wide_radius(half)
    stride = -(-height * width // SAMPLE)
    tall = next(bands(height, width, TALL * halo)).stop
    codes = np.zeros((3, CODES), np.int64)
    darkest: list[Bytes] = []

    def count(rows: slice) -> tuple[NDArray[np.int64], Bytes] | None:
        if rows.start // tall % stride:
            return None
        outer, inner = with_halo(rows, height, halo)
        return count_colours(eight_bits(rgba[outer]), inner, half)

    for counted in map_bands(count, height, width, report, TALL * halo):
        if counted is not None:
            codes += counted[0]
            darkest.append(counted[1])
    return conclude(codes, np.concatenate(darkest))


def count_colours(rgba: Bytes, inner: slice, half: int) -> tuple[NDArray[np.int64], Bytes]:
    """(3, 32768) how often each colour is in ridges, inside fills, at all; (N, 3) of deep ridges.

    Only the rows `inner` of the (H, W, 4) pixels are counted.
    """
    luma, colour = on_white(rgba), np.ascontiguousarray(rgba[..., :3])
    paper = close(luma, max(2, half))
    box = np.ones((2 * half + 5, 2 * half + 5), np.uint8)
    spread = cv2.subtract(cv2.dilate(colour, box), cv2.erode(colour, box)).max(axis=-1)
    solid = (rgba[..., 3] >= NEARLY * 255)[inner]
    codes = coarse(colour[inner])
    masks = (
        deeper(luma, paper, RIDGE)[inner] & solid,
        (spread <= FILL_SPREAD)[inner] & solid,
        solid,
    )
    counts = [np.bincount(codes[mask], minlength=CODES) for mask in masks]
    deep = colour[inner][deeper(luma, paper, BLACK)[inner] & solid]
    return np.stack(counts), deep[:: 1 + len(deep) // 50_000]


def conclude(codes: NDArray[np.int64], deep: Bytes) -> Census:
    """Say what each colour is used for, from `count_colours`; near ones count for each other."""
    ridges, inside, whole = codes
    thin, wide, around = (near_codes(part) for part in codes)
    enough = max(FEWEST, RARE * int(ridges.sum()))
    broad = wide >= WIDE * around
    ink = (thin > enough) & (thin > THIN * around) & ~broad
    fill = (inside > FILL * whole) & (ridges < WIDE * whole)
    usual = np.zeros(3, np.float32)
    if len(deep):
        luma = deep.sum(axis=1, dtype=np.int32)
        usual[:] = np.median(deep[luma <= np.percentile(luma, 10)], axis=0)
    return Census(ink, fill, broad, usual)


def near_codes(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """(32768,) each colour's count with those of its 26 neighbours."""
    cube = counts.reshape(32, 32, 32)
    for axis in range(3):
        padded = np.pad(cube, [(1, 1) if axis == other else (0, 0) for other in range(3)])
        parts = [np.take(padded, np.arange(32) + step, axis) for step in range(3)]
        cube = parts[0] + parts[1] + parts[2]
    return np.asarray(cube.ravel())
