"""How well layers give their source back, and the promise that they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compositing import (
    Planes,
    Premultiplied,
    blend_over,
    premultiply,
    quantize,
    to_planes,
    unpremultiply,
)
from engine.errors import ReconstructionError
from engine.layers import BlendMode, LayerRole, Reconstruction, Rgba

LIMIT = {8: 2 / 255, 16: 2 / 1023}
"""The promise: the largest difference from the source, by depth in bits."""
PSNR_OF_EQUAL_DB = 99.0
LEAST_MEAN_SQUARE = 10 ** (-PSNR_OF_EQUAL_DB / 10)


@dataclass(frozen=True)
class Tally:
    """Sums over a band of a picture."""

    squared: float
    """Of the errors"""
    largest: float
    """Error, in [0, 1]"""
    moved: Mapping[LayerRole, float]
    """Absolute change of what each layer does to the picture"""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.squared + other.squared,
            max(self.largest, other.largest),
            {role: self.moved[role] + other.moved[role] for role in LayerRole},
        )


def error(restacked: Premultiplied, source: Planes, top: np.float32) -> NDArray[np.float32]:
    """(4, H, W) absolute difference from the source of what a host shows.

    A host rounds to the depth, whose largest integer is `top`; colour is compared premultiplied.
    """
    shown = quantize(unpremultiply(restacked), top)
    return np.asarray(np.abs(premultiply(shown) - premultiply(source)))


def tally(
    source: Planes,
    proposed: Mapping[LayerRole, Planes],
    solved: Mapping[LayerRole, Planes],
    modes: Mapping[LayerRole, BlendMode],
    top: np.float32,
) -> Tally:
    """Compare layers with the source, and each one's effect with the effect that was proposed.

    The proposal is in normal blending, the solved layers in `modes`.
    """
    ours = theirs = np.zeros_like(source)
    moved = {}
    for role in LayerRole:
        with_ours = blend_over(ours, solved[role], modes[role])
        with_theirs = blend_over(theirs, proposed[role], BlendMode.NORMAL)
        moved[role] = float(np.abs(with_ours - ours - with_theirs + theirs).sum())
        ours, theirs = with_ours, with_theirs
    errors = error(ours, source, top)
    return Tally(float(np.square(errors, dtype=np.float64).sum()), float(errors.max()), moved)


def tally_of_kept(source: Rgba, flat_color: Rgba) -> Tally:
    """Compare pixels whose flat color was kept, and is all there is, with their source."""
    apart = premultiply(to_planes(source)) - premultiply(to_planes(flat_color))
    squared = float(np.square(apart, dtype=np.float64).sum())
    largest = float(np.abs(apart).max(initial=0))
    return Tally(squared, largest, dict.fromkeys(LayerRole, 0.0))


def sum_up(tallies: Iterable[Tally], source: Rgba) -> Reconstruction:
    """The figures of a whole picture from those of its bands."""
    parts = list(tallies)
    mean_square = sum(part.squared for part in parts) / source.size
    psnr = -10 * np.log10(max(mean_square, LEAST_MEAN_SQUARE))
    return Reconstruction(
        psnr_db=round(float(psnr), 3),
        max_error=round(max(part.largest for part in parts) * 255, 4),
        moved={
            role: round(sum(part.moved[role] for part in parts) / source.size * 255, 4)
            for role in LayerRole
        },
    )


def check_promise(reconstruction: Reconstruction, source: Rgba) -> None:
    """Raise `ReconstructionError` where the layers differ from their source by over `LIMIT`."""
    limit = LIMIT[np.iinfo(source.dtype).bits] * 255
    if reconstruction.max_error > limit + 1e-3:
        raise ReconstructionError(
            f"The layers differ from the picture by {reconstruction.max_error:.2f}/255, over the "
            f"limit of {limit:.2f}/255; nothing was written. Please report this picture."
        )
