"""Evidence: what the guide's pixels around a place say, weighed by the colour that is seen there.

Colours are planes here, (C, N) float32 in [0, 1]; N pixels of the canvas, K of the guide around
each.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from engine.diffusion.fitting import Floats
from engine.diffusion.guide import REACH, Guide

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Indices = NDArray[np.intp]

NEAR, NEARER = 0.9, 0.3
"""Standard deviation of the weight by distance, in the model's pixels; the least in the guide's."""
LIKE = 6 / 255
"""Standard deviation of the weight by colour: the model's noise."""
INKS = 3
"""How much less exactly than other colours the model knows an ink's."""
UNLIKELY = np.float32(1e-4)
"""The weight by colour of what explains nothing: among such, distance decides."""
USUAL = 0.2
"""Standard deviation of a pixel's coverage by ink against what the guide has there."""
HALF = 8
"""How unlikely it is that ink covers half of a pixel, as ink mostly does so or not."""
CERTAIN = 8 / 255
"""Ink and what lies under it are told apart by a difference well over this."""
FAINT = 0.02
"""Coverage of ink that is none."""
HIDDEN = 0.5
"""Coverage by ink from which the flat color is not seen."""
UNSHADED = 0.1
"""Coverage of shadow and highlight that leaves the flat color to be seen."""
SIDE = 2 * REACH + 1
NEAREST = [12, 7, 11, 13, 17, 6, 8, 16, 18]
"""Those of the K = SIDE * SIDE pixels, row by row, whose flat color may be the one seen."""


@dataclass(frozen=True)
class Found:
    """What N pixels of the canvas are made of."""

    flat: Floats
    """(4, N) straight"""
    shading: Floats
    """(8, N) shadow and highlight, premultiplied"""
    under: Floats
    """(3, N) what lies under the ink"""
    ink: Floats
    """(3, N) the ink's colour, as the guide has it"""
    along: Floats
    """(N) how far from `under` to `ink` the pixel's colour is; 1 is the ink, more is beyond"""
    coverage: Floats
    """(N) of that ink"""
    inked: Mask
    """(N) where there may be ink at all"""
    thick: Mask
    """(N) where lines are as wide as the guide's pixels"""

    @classmethod
    def joined(cls, parts: list[Found]) -> Found:
        """Parts one after the other."""
        return cls(
            *(np.concatenate([getattr(p, one.name) for p in parts], axis=-1) for one in fields(cls))
        )


def weigh(guide: Guide, seen: Floats, y: Floats, x: Floats) -> Found:
    """Say what pixels are made of.

    Args:
        guide: what the model said.
        seen: (3, N) the pixels' colours, straight.
        y, x: (N) where they lie on the guide.
    """
    around = _Around.of(guide, y, x)
    own = around.places[NEAREST[0]]
    inked, usual = guide.inked.ravel()[own], guide.line.ravel()[own]
    most = inked.astype(np.float32)
    ink = around.ink(seen)
    weights = around.weights(seen, ink, most, usual)
    under = around.mean(guide.shown, weights)
    known = weights.any(axis=0)
    under[:, ~known] = seen[:, ~known]
    along, _, coverage = _explain(seen, under, ink, most, usual)
    coverage[~known & inked] = 1
    # What ink hides is told by what is near alone.
    share = weights.sum(axis=0) / np.maximum(around.close.sum(axis=0), np.float32(1e-30))
    weights += coverage * (around.close * share - weights)
    shading = around.mean(guide.shading, weights)
    flat = around.flat(seen, weights, coverage, shading)
    thick = guide.thick.ravel()[own]
    return Found(flat, shading, under, ink, along * most, coverage, inked, thick)


@dataclass(frozen=True)
class _Around:
    """The K pixels of the guide around each of N places."""

    guide: Guide
    places: Indices
    """(K, N) which they are, row by row"""
    labels: Labels
    """(K, N)"""
    near: Floats
    """(K, N) how close they are"""
    close: Floats
    """(K, N) the same, 0 where they have no flat color"""

    @classmethod
    def of(cls, guide: Guide, y: Floats, x: Floats) -> _Around:
        """What is around the places with these coordinates, (N) each."""
        height, width = guide.line.shape
        rows, closeness_y = _reached(y, height, guide.soft)
        columns, closeness_x = _reached(x, width, guide.soft)
        places = (rows[:, None] * width + columns).reshape(SIDE * SIDE, -1)
        near = (closeness_y[:, None] * closeness_x).reshape(SIDE * SIDE, -1)
        labels = guide.labels.ravel()[places]
        return cls(guide, places, labels, near, near * (labels >= 0))

    def mean(self, picture: Floats, weights: Floats) -> Floats:
        """(C, h, w) -> (C, N) the weighted mean of the pixels around; 0 where none has weight."""
        planes = picture.reshape(len(picture), -1)
        total = np.maximum(weights.sum(axis=0), np.float32(1e-30))
        return np.stack([(weights * plane[self.places]).sum(axis=0) / total for plane in planes])

    def ink(self, seen: Floats) -> Floats:
        """(3, N) the ink of the lines around, above all of those whose ink is seen."""
        apart = np.zeros(self.close.shape, np.float32)
        for plane, colour in zip(self.guide.ink.reshape(3, -1), seen, strict=True):
            apart += np.square(plane[self.places] - colour)
        weights = np.exp(apart / np.float32(-2 * (INKS * LIKE) ** 2)) + UNLIKELY
        weights *= self.near * np.square(self.guide.line.ravel()[self.places])
        return self.mean(self.guide.ink, weights)

    def weights(self, seen: Floats, ink: Floats, most: Floats, usual: Floats) -> Floats:
        """(K, N) how well, and from how near, each explains the colour that is seen."""
        shown = self.guide.shown.reshape(3, -1)[:, self.places]
        _, unlike, coverage = _explain(seen[:, None], shown, ink[:, None], most)
        unlike *= np.float32(1 / (2 * LIKE**2))
        unlike += np.square(coverage - usual) * np.float32(1 / (2 * USUAL**2))
        unlike += HALF * coverage * (1 - coverage)
        return np.asarray((np.exp(-unlike) + UNLIKELY) * self.close)

    def flat(self, seen: Floats, weights: Floats, coverage: Floats, shading: Floats) -> Floats:
        """(4, N) the flat color, straight."""
        label = _vote(weights, self.labels)
        labels, colours = self.labels[NEAREST], self.guide.colours
        differ = (labels != labels[0]).any(axis=0)
        hidden = np.flatnonzero(differ & (coverage > HIDDEN))
        drawn = self[hidden].mean(self.guide.drawn, np.square(self.close[:, hidden]))
        label[hidden] = _most_like(drawn, labels[:, hidden], colours)
        flat = colours[:, label]
        shaded = shading[3] + shading[7] > UNSHADED
        plain = np.flatnonzero(differ & (coverage < FAINT) & ~shaded)
        flat[:, plain] = _mixed(flat[:, plain], seen[:, plain], labels[:, plain], colours)
        there = self.close.sum(axis=0) > 0.5 * self.near.sum(axis=0)
        return np.concatenate([flat, there[None]])

    def __getitem__(self, which: Indices) -> _Around:
        return _Around(
            self.guide,
            self.places[:, which],
            self.labels[:, which],
            self.near[:, which],
            self.close[:, which],
        )


def _reached(at: Floats, side: int, soft: float) -> tuple[Indices, Floats]:
    """(SIDE, N) the guide's rows, or columns, around places, and how close they are."""
    reach = np.arange(-REACH, REACH + 1)[:, None]
    reached = np.clip(np.rint(at).astype(np.intp) + reach, 0, side - 1)
    near = max(NEAR * soft, NEARER)
    return reached, np.exp(np.square(reached - at) / (-2 * near**2)).astype(np.float32)


def _explain(
    seen: Floats, under: Floats, ink: Floats, most: Floats, usual: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Explain colours as ink over something: how far along, the squared rest, the coverage.

    With `usual`, the coverage leans to it where ink and what is under it can hardly be told apart.
    """
    span, step = under - ink, under - seen
    length, product, rest = _dot(span, span), _dot(span, step), _dot(step, step)
    along = np.asarray(product / np.maximum(length, np.float32(1e-6)), np.float32)
    coverage = along
    if usual is not None:
        doubt = np.float32(CERTAIN**2)
        coverage = np.asarray((product + doubt * usual) / (length + doubt), np.float32)
    coverage = np.clip(coverage, 0, most).astype(np.float32)
    rest += coverage * (coverage * length - 2 * product)
    return along, rest, coverage


def _dot(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[0] * other[0] + one[1] * other[1] + one[2] * other[2])


def _vote(weights: Floats, labels: Labels) -> Labels:
    """(K, N) twice -> (N) the label with the most weight, of those of the nearest; -1 for none."""
    winner: Labels = labels[NEAREST[0]].copy()
    differ = np.flatnonzero((labels != winner).any(axis=0))
    weights, labels = weights[:, differ], labels[:, differ]
    best, choice = np.full(len(differ), -1, np.float32), np.full(len(differ), -1, np.int32)
    for candidate in labels[NEAREST]:
        support = (weights * (labels == candidate)).sum(axis=0)
        better = (support > best) & (candidate >= 0)
        best[better], choice[better] = support[better], candidate[better]
    winner[differ] = choice
    return winner


def _most_like(drawn: Floats, labels: Labels, colours: Floats) -> Labels:
    """(N) of (K, N) labels the one whose colour is most like the model's flat color there.

    Its soft borders say more finely than its pixels where they lie: in their middle.
    """
    best = np.full(labels.shape[1], np.inf, np.float32)
    choice = np.full(labels.shape[1], -1, np.int32)
    for candidate in labels:
        step = colours[:, candidate] - drawn
        apart = _dot(step, step)
        better = (apart < best) & (candidate >= 0)
        best[better], choice[better] = apart[better], candidate[better]
    return choice


def _mixed(flat: Floats, seen: Floats, labels: Labels, colours: Floats) -> Floats:
    """(3, N) the flat color, mixed with another nearby where that is what is seen."""
    best = np.full(flat.shape[1], LIKE**2, np.float32)
    out, all_of_it = flat.copy(), np.ones_like(best)
    for candidate in labels:
        other = colours[:, candidate]
        _, apart, share = _explain(seen, flat, other, all_of_it)
        better = (apart < best) & (candidate >= 0)
        best[better] = apart[better]
        out[:, better] = (flat + share * (other - flat))[:, better]
    return out
