"""Things: the cells of a painted picture joined to what an artist fills with one colour.

The two things that light explains best are joined first, until nothing is left that light could
explain. What speaks for a border is its mean, not its sum (average linkage, Bailoni et al. 2019,
"GASP"): hundreds of pixels of faint evidence are no strong evidence.
"""

from __future__ import annotations

import heapq

import numpy as np

from engine.builtin.cells import Cells
from engine.builtin.pixels import Floats, Integers
from engine.builtin.seams import Seams
from engine.builtin.shades import WAYWARD, unlike

UNLIKE = 0.025
"""Things less unlike than this are one."""
LIT = 0.06
"""What a step along the shade axis counts, squared, where things meet without a line."""
LIT_APART = 0.09
"""The same across a line, where it may be another thing."""
LOUDEST_SEAM = 0.1
"""The most that a pixel may say: some lie across corners of other things."""
WANDERING = 0.04
"""How far from its own mean, across the axis, a thing of one colour wanders."""
USUAL_PART = 0.005
"""The part of the figure from which on a thing is no detail."""

Meeting = tuple[float, float, float, float, float]
"""Pixels without a line, and how unlike these are in all; pixels with one, and these; and what
differences across these count in all."""


class Things:
    """Groups of cells, with sums that add up when two are joined."""

    def __init__(
        self, cells: Cells, seams: Seams, axes: Floats, trust: Floats, usual: float
    ) -> None:
        """Each of the N cells is a thing; those smaller than `usual` pixels join more easily.

        `trust`, (M,), is what the difference at each seam counts.
        """
        places = cells.logs @ axes
        self.usual = usual
        self.areas: list[float] = cells.areas.tolist()
        self.sums: list[list[float]] = (places * cells.areas[:, None]).tolist()
        squares = np.square(places[:, 1:]).sum(axis=1) * cells.areas
        self.squares: list[float] = squares.tolist()
        self.beside = find_meetings(len(cells.areas), seams, axes, trust)

    def apart(self, one: int, other: int) -> float:
        """How unlike the means of two things are; one of many hues is less surely unlike."""
        area, area2 = self.areas[one], self.areas[other]
        along, x, y = (total / area for total in self.sums[one])
        along2, x2, y2 = (total / area2 for total in self.sums[other])
        spread = self.squares[one] - area * (x * x + y * y)
        spread += self.squares[other] - area2 * (x2 * x2 + y2 * y2)
        wide = 1 + 2 * max(spread, 0) / (area + area2) / WANDERING**2
        step = abs(along - along2)
        across = ((x - x2) ** 2 + (y - y2) ** 2) / wide / (1 + WAYWARD * step) ** 2
        return float((across + (LIT_APART * step * step) ** 2) ** 0.5)

    def cost(self, one: int, other: int) -> float:
        """How unlike two things are that meet."""
        bare, sharp, lined, step, trust = self.beside[one][other]
        whole = sharp
        if lined:
            whole += max(step, trust * self.apart(one, other))
        size = min(self.areas[one], self.areas[other]) / self.usual
        return whole / (bare + lined) * min(size, 1.0)

    def join(self, one: int, other: int) -> list[int]:
        """Make the other a part of the one; returns whom that touches."""
        self.areas[one] += self.areas[other]
        self.sums[one] = [a + b for a, b in zip(self.sums[one], self.sums[other], strict=True)]
        self.squares[one] += self.squares[other]
        near = self.beside[one]
        del near[other]
        moved = self.beside[other]
        self.beside[other] = {}
        moved.pop(one)
        for third, meeting in moved.items():
            theirs = self.beside[third]
            del theirs[other]
            if third in near:
                meeting = add(meeting, near[third])
            near[third] = theirs[one] = meeting
        return list(moved)


def add(one: Meeting, other: Meeting) -> Meeting:
    """The sums of both."""
    a, b, c, d, e = one
    f, g, h, i, j = other
    return a + f, b + g, c + h, d + i, e + j


def find_meetings(size: int, seams: Seams, axes: Floats, trust: Floats) -> list[dict[int, Meeting]]:
    """For each of so many cells, how it meets its neighbours."""
    cost = unlike(seams.steps @ axes, np.where(seams.line, LIT_APART, LIT))
    cost = np.minimum(np.where(seams.line, cost, cost * seams.sharpness), LOUDEST_SEAM)
    cost *= trust
    ends = np.sort(seams.pairs, axis=1).astype(np.int64)
    codes, which = np.unique(ends @ (size, 1), return_inverse=True)
    bare = ~seams.line
    sums = [
        np.bincount(which, count, minlength=len(codes)).tolist()
        for count in (bare, bare * cost, seams.line, seams.line * cost, seams.line * trust)
    ]
    beside: list[dict[int, Meeting]] = [{} for _ in range(size)]
    for code, *meeting in zip(codes.tolist(), *sums, strict=True):
        one, other = divmod(code, size)
        beside[one][other] = beside[other][one] = tuple(meeting)
    return beside


def join_cells(cells: Cells, seams: Seams, axes: Floats, trust: Floats, finer: float) -> Integers:
    """(N,) the thing that each cell is of, 0 to the number of things less one."""
    usual = USUAL_PART / finer**0.5 * float(cells.areas.sum())
    things = Things(cells, seams, axes, trust, usual)
    heap: list[tuple[float, int, int]] = []

    def offer(one: int, other: int) -> None:
        cost = things.cost(one, other)
        if cost < UNLIKE:
            heapq.heappush(heap, (cost, one, other))

    for one, near in enumerate(things.beside):
        for other in near:
            if one < other:
                offer(one, other)
    owner = np.arange(len(cells.areas))
    while heap:
        cost, one, other = heapq.heappop(heap)
        if other not in things.beside[one]:
            continue
        # Both may have grown since.
        if things.cost(one, other) > cost:
            offer(one, other)
            continue
        if len(things.beside[one]) < len(things.beside[other]):
            one, other = other, one
        owner[other] = one
        for third in things.join(one, other):
            offer(one, third)
    while (owner[owner] != owner).any():
        owner = owner[owner]
    return np.asarray(np.unique(owner, return_inverse=True)[1], np.int64)
