"""Cells: the figure of a painted picture cut into small patches of nearly one colour.

A watershed from one marker for each square of a grid, at its calmest pixel (Machairas et al. 2015,
"Waterpixels"). Cells keep to edges and lines, and none is large enough to leak far through a gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engine.builtin.distance import nearest_shown
from engine.builtin.pixels import Bytes, Floats, Integers, Mask
from engine.builtin.regions import Labels
from engine.builtin.shades import log_colours

USUAL_NUMBER = 3000
"""About how many cells a figure has."""
LEAST_SIDE = 3
"""Pixels of the grid's squares at least."""
OUTSIDE = (255, 0, 255)
"""A colour unlike most: the flood from outside comes last."""


@dataclass(frozen=True)
class Cells:
    """N patches of a figure."""

    labels: Labels
    """(H, W) the cell of each pixel; -1 outside the figure."""
    areas: Floats
    """(N,) in pixels, none 0."""
    colours: Floats
    """(N, 3) the mean colour, 0 to 255."""
    logs: Floats
    """(N, 3) the mean of `log_colours`."""


def find_cells(picture: Bytes, figure: Mask, ink: Bytes) -> Cells:
    """Cut the figure, not empty, of an (H, W, 3) picture; `ink`, (H, W), is its lines' coverage."""
    rows, columns = find_markers(picture, figure, ink)
    count = len(rows)
    labels = np.zeros(figure.shape, np.int32)
    labels[~figure] = count + 1
    labels[rows, columns] = np.arange(1, count + 1)
    image = np.where(figure[..., None], picture, np.array(OUTSIDE, np.uint8))
    cv2.watershed(image, labels)
    lost = figure & ((labels < 1) | (labels > count))
    labels -= 1
    labels[lost] = labels.ravel()[nearest_shown(lost | ~figure, lost)] if count else 0
    labels[~figure] = -1
    # Numbered anew: a flood may leave nothing of a cell.
    names, kept = np.unique(labels[figure], return_inverse=True)
    labels[figure] = kept
    areas = np.bincount(kept, minlength=len(names)).astype(np.float64)
    colour = picture[figure]
    return Cells(labels, areas, mean(kept, colour, areas), mean(kept, log_colours(colour), areas))


def mean(labels: Labels | Integers, values: Floats | Bytes, areas: Floats) -> Floats:
    """(N, 3) the mean of (P, 3) values for each of N labels."""
    return np.stack([np.bincount(labels, part) / areas for part in values.T], axis=1)


def find_markers(picture: Bytes, figure: Mask, ink: Bytes) -> tuple[Labels, Labels]:
    """The rows and columns of the calmest pixel of each square of a grid, in the middle if any."""
    side = max(LEAST_SIDE, round((int(figure.sum()) / USUAL_NUMBER) ** 0.5))
    height, width = (size // side for size in figure.shape)
    spread = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(axis=-1)
    unrest = np.where(figure, 2 * np.maximum(spread, ink).astype(np.int32), 1000)
    squares = unrest[: height * side, : width * side].reshape(height, side, width, side)
    from_middle = np.abs(2 * np.arange(side) - side + 1) // 2
    squares = squares + np.maximum(from_middle[:, None, None], from_middle)
    calmest = squares.swapaxes(1, 2).reshape(height, width, side * side).argmin(axis=-1)
    rows = np.arange(height)[:, None] * side + calmest // side
    columns = np.arange(width) * side + calmest % side
    inside = figure[rows, columns]
    return rows[inside].astype(np.int32), columns[inside].astype(np.int32)
