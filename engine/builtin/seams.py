"""Seams: the pixels at which two cells of a painted picture meet, and how their colours differ."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from engine.builtin.cells import Cells
from engine.builtin.pixels import Bytes, Floats, Integers, Mask
from engine.builtin.regions import Labels

REACH = 3
"""Pixels to either side at which the colours are looked at: past a soft edge."""
INKED = 60
"""The coverage, of 255, of a line between."""
SOFT, SHARP = 0.25, 0.6
"""The part of a difference that one step makes: in a gradient, and at an edge."""
LEAST_SHARPNESS = 0.05
"""What a gradient still counts."""
WITHIN, WITHIN_LINED = 0.3, 0.8
"""What a difference counts where the tones tell of one flat color, and where a line is there."""
STRANDS = 0.15
"""The part of its surroundings that lines cover where they are strands and folds, no outlines."""
SURROUNDINGS = 1 / 16
"""The side of a cell's surroundings, of the side of a square as large as the figure."""


@dataclass(frozen=True)
class Seams:
    """M pairs of neighbouring pixels of two cells."""

    pairs: Labels
    """(M, 2) the cells."""
    steps: Floats
    """(M, 3) how the logarithms of their colours differ."""
    line: Mask
    """(M,) whether a line is between."""
    sharpness: Floats
    """(M,) from `LEAST_SHARPNESS` in a gradient to 1 at an edge."""


def find_seams(cells: Cells, logs: Floats, ink: Bytes) -> Seams:
    """Where cells meet in a picture of (H, W, 3) logarithms; `ink`, (H, W), covers its lines."""
    sides = [
        meetings(cells.labels, logs, ink),
        meetings(cells.labels.T, logs.swapaxes(0, 1), ink.T),
    ]
    pairs, steps, coverage, steepest = (np.concatenate(part) for part in zip(*sides, strict=True))
    line = coverage > INKED
    # The pixels beside a line are its soft edge; what lies beyond are the cells.
    steps[line] = cells.logs[pairs[line, 0]] - cells.logs[pairs[line, 1]]
    steep = steepest / np.maximum(np.abs(steps).sum(axis=1), 0.02)
    sharpness = np.clip((steep - SOFT) / (SHARP - SOFT), LEAST_SHARPNESS, 1)
    return Seams(pairs, steps, line, sharpness)


def find_trust(cells: Cells, seams: Seams, ink: Bytes, guess: Labels | None) -> Floats:
    """(M,) what the difference at each seam counts, given a `guess`, (H, W), of the flat colors."""
    if guess is None:
        return np.ones(len(seams.pairs))
    figure = cells.labels >= 0
    names = cells.labels[figure].astype(np.int64)
    values, guessed = np.unique(guess[figure], return_inverse=True)
    codes, areas = np.unique(names * len(values) + guessed, return_counts=True)
    usual = np.zeros(len(cells.areas), np.int64)
    order = np.argsort(areas, kind="stable")  # the largest part is written last
    usual[codes[order] // len(values)] = codes[order] % len(values)
    side = max(5, round(SURROUNDINGS * float(cells.areas.sum()) ** 0.5) | 1)
    around = cv2.blur(ink.astype(np.float32) / 255, (side, side))
    covered = np.bincount(names, around[figure]) / cells.areas
    outline = seams.line & (covered[seams.pairs].mean(axis=1) <= STRANDS)
    same = usual[seams.pairs[:, 0]] == usual[seams.pairs[:, 1]]
    return np.where(same, np.where(outline, WITHIN_LINED, WITHIN), 1.0)


def meetings(labels: Labels, logs: Floats, ink: Bytes) -> tuple[Labels, Floats, Bytes, Floats]:
    """The pairs one above the other, their difference, the ink between, the steepest step."""
    above, below = labels[:-1], labels[1:]
    rows, columns = np.nonzero((above != below) & (above >= 0) & (below >= 0))
    places = [np.clip(rows + step, 0, len(labels) - 1) for step in range(1 - REACH, REACH + 1)]
    coverage = np.max([ink[place, columns] for place in places], axis=0)
    up = walk(labels, logs, places[REACH - 1 :: -1], columns)
    down = walk(labels, logs, places[REACH:], columns)
    path = [*up[::-1], *down]
    jumps = [np.abs(b - a).sum(axis=1) for a, b in pairwise(path)]
    pairs = np.stack([labels[rows, columns], labels[rows + 1, columns]], axis=1)
    return pairs, path[-1] - path[0], coverage, np.max(jumps, axis=0)


def walk(labels: Labels, logs: Floats, places: list[Integers], columns: Integers) -> list[Floats]:
    """The colours on the way from a seam, which stops where the figure ends."""
    path = [logs[places[0], columns]]
    for place in places[1:]:
        inside = labels[place, columns] >= 0
        path.append(np.where(inside[:, None], logs[place, columns], path[-1]))
    return path
