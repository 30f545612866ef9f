"""Evidence of kinship: what can be said of two segments, where they meet and from afar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.builtin.borders import Borders
from engine.builtin.light import WITNESSES, Colour, Vote, highlight_vote, shadow_vote
from engine.builtin.pixels import LUMA, Integers
from engine.builtin.regions import MOST_TONES, Segments, Tones
from engine.builtin.rivals import UNEXPLAINED, doubt, rival_features

Features = NDArray[np.float32]

LIFT = 4.0
"""Added to colours, of 255, before their ratio is taken: black has none."""
MOST_COMPARED = 100
"""How many segments are compared with each other wherever they are."""
USUAL_BORDER = 20
"""Pixels of border whose word counts once."""
USUAL_AREA = 1e-3
"""The part of the figure whose word counts once."""
LOUDEST = 4.0
"""The most that anything's word counts."""


@dataclass(frozen=True)
class Customs:
    """What tones do in a picture: K of them."""

    met: Integers
    """(K, K) how long they meet without a line."""
    hard: Integers
    """(K, K) how long of that at an edge; where the rest is, they fade into each other."""
    shadow: Vote
    highlight: Vote
    """What its light does to them."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against the kinship of segments that meet."""

    pairs: Integers
    """(M, 2) the lighter segment, the darker one."""
    features: Features
    """(M, F): of their colours, the picture's light, their shapes or sizes, the tones' customs."""
    weights: Colour
    """(M,) how much it says, 0 to 4: by how long they meet, or how large they are."""
    fading: Colour
    """(M,) the part of the border that has no edge; 0 from afar."""


def find_customs(tones: Tones, segments: Segments, borders: Borders) -> Customs:
    """How the tones meet, and what their meetings say of the picture's light."""
    colours = tones.colours.astype(np.float64)
    met, hard = meetings(len(colours), segments, borders)
    return Customs(met, hard, shadow_vote(colours, hard), highlight_vote(colours, hard))


def find_evidence(tones: Tones, segments: Segments, borders: Borders, customs: Customs) -> Evidence:
    """Describe each pair of segments of different tones that meet without a line."""
    ends = segments.tones[borders.pairs]
    chosen = (borders.bare > 0) & (ends[:, 0] != ends[:, 1])
    pairs = lighter_first(borders.pairs[chosen], tones, segments)
    shapes = shape_features(pairs, segments, borders, chosen)
    features = describe(pairs, shapes, tones, segments, customs)
    weights = word(borders.bare[chosen] / USUAL_BORDER)
    return Evidence(pairs, features, weights, borders.fading[chosen] / borders.bare[chosen])


def find_likeness(tones: Tones, segments: Segments, customs: Customs) -> Evidence:
    """Describe each pair of the largest segments, wherever they are."""
    largest = np.argsort(-segments.areas, kind="stable")[:MOST_COMPARED]
    one, other = np.triu_indices(len(largest), 1)
    pairs = lighter_first(np.stack([largest[one], largest[other]], axis=1), tones, segments)
    share = segments.areas[pairs] / float(segments.areas.sum())
    features = describe(pairs, np.log10(share), tones, segments, customs)
    weights = word(share.min(axis=1) / USUAL_AREA)
    return Evidence(pairs, features, weights, np.zeros(len(pairs)))


def lighter_first(pairs: Integers, tones: Tones, segments: Segments) -> Integers:
    """(M, 2) the pairs, each with its lighter segment first."""
    light = luma(tones.colours.astype(np.float64))[segments.tones[pairs]]
    return np.where((light[:, 0] < light[:, 1])[:, None], pairs[:, ::-1], pairs)


def describe(
    pairs: Integers, shapes: Colour, tones: Tones, segments: Segments, customs: Customs
) -> Features:
    """(M, F) what a judge is told of each pair; `shapes`, (M, S), of their shapes."""
    ends, colours = segments.tones[pairs], tones.colours.astype(np.float64)
    light, dark = np.moveaxis(colours[ends], 1, 0)
    parts = [
        colour_features(light, dark),
        light_features(light, dark, customs.shadow, customs.highlight),
        rival_features(ends, customs.met, colours, customs.shadow),
        rival_features(ends[:, ::-1], customs.met, 255 - colours, customs.highlight),
        shapes,
        custom_features(ends, customs.met),
        tones.exact[ends],
        segments.plateaus[pairs] / segments.areas[pairs],
        np.tile(picture_features(tones, customs.shadow, customs.highlight), (len(pairs), 1)),
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def word(size: Colour) -> Colour:
    """How much evidence counts that is so many times larger than usual."""
    return np.asarray(np.minimum(np.sqrt(size), LOUDEST))


def meetings(size: int, segments: Segments, borders: Borders) -> tuple[Integers, Integers]:
    """(K, K) how long two tones meet without a line, and how long of that at an edge."""
    met, hard = np.zeros((2, size, size), np.int64)
    ends = tuple(segments.tones[borders.pairs].T)
    np.add.at(met, ends, borders.bare)
    np.add.at(hard, ends, borders.bare - borders.fading)
    return met + met.T, hard + hard.T


def luma(colours: Colour) -> Colour:
    """(N, 3) of 255 -> (N,) of 255, of the numbers as they are."""
    return np.asarray(colours @ LUMA)


def oklab(colours: Colour) -> Colour:
    """(N, 3) sRGB of 255 -> (N, 3) lightness, a, b (Ottosson 2020)."""
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.asarray(
        np.cbrt(cones)
        @ np.array(
            [
                [0.2104542553, 1.9779984951, 0.0259040371],
                [0.7936177850, -2.4285922050, 0.7827717662],
                [-0.0040720468, 0.4505937099, -0.8086757660],
            ]
        )
    )


def colour_features(light: Colour, dark: Colour) -> Colour:
    """(M, 14) how the darker colour differs from the lighter one."""
    darker = np.log((dark + LIFT) / (light + LIFT))
    lighter = np.log((255 + LIFT - light) / (255 + LIFT - dark))
    bright, dim = oklab(light), oklab(dark)
    step = bright - dim
    chroma = np.hypot(bright[:, 1], bright[:, 2]), np.hypot(dim[:, 1], dim[:, 2])
    turn = np.sqrt(np.maximum(np.square(step[:, 1:]).sum(axis=1) - (chroma[0] - chroma[1]) ** 2, 0))
    spread, rise = np.ptp(darker, axis=1), np.ptp(lighter, axis=1)
    return np.stack(
        [
            darker.mean(axis=1),
            spread,
            np.minimum(spread / np.maximum(-darker.mean(axis=1), 0.05), 4),
            lighter.mean(axis=1),
            rise,
            np.minimum(rise / np.maximum(-lighter.mean(axis=1), 0.05), 4),
            np.abs(light - dark).max(axis=1) / 255,
            step[:, 0],
            chroma[0],
            chroma[0] - chroma[1],
            turn,
            np.minimum(turn / np.maximum(step[:, 0], 0.02), 4),
            bright[:, 0],
            dim[:, 0],
        ],
        axis=1,
    )


def light_features(light: Colour, dark: Colour, shadow: Vote, highlight: Vote) -> Colour:
    """(M, 4) how well part of the picture's own shadow and highlight explains the change."""
    parts = []
    for lit, shaded, vote in ((light, dark, shadow), (255 - dark, 255 - light, highlight)):
        if not vote.witnesses:
            parts += [np.full(len(lit), UNEXPLAINED), np.zeros(len(lit))]
            continue
        whole = lit * (1 - vote.factor)
        along = (whole * (lit - shaded)).sum(axis=1) / np.maximum(np.square(whole).sum(axis=1), 1)
        misfit = np.abs(shaded - lit + along[:, None] * whole).max(axis=1)
        parts += [doubt(misfit), np.clip(along, 0, 2)]
    return np.stack(parts, axis=1)


def shape_features(
    pairs: Integers, segments: Segments, borders: Borders, chosen: NDArray[np.bool_]
) -> Colour:
    """(M, 11) how long they meet, how large they are, and how thick; lengths by the figure's."""
    around = np.bincount(borders.pairs[:, 0], borders.whole, minlength=len(segments.tones))
    around += np.bincount(borders.pairs[:, 1], borders.whole, minlength=len(segments.tones))
    naked = np.bincount(borders.pairs[:, 0], borders.bare, minlength=len(segments.tones))
    naked += np.bincount(borders.pairs[:, 1], borders.bare, minlength=len(segments.tones))
    figure = float(segments.areas.sum())
    areas, lengths = segments.areas[pairs], np.maximum(around[pairs], 1)
    bare, whole = borders.bare[chosen], borders.whole[chosen]
    return np.stack(
        [
            bare / lengths[:, 0],
            bare / lengths[:, 1],
            bare / np.maximum(naked[pairs[:, 0]], 1),
            bare / np.maximum(naked[pairs[:, 1]], 1),
            np.log10(bare / np.sqrt(figure) + 1e-4),
            bare / whole,
            borders.fading[chosen] / bare,
            np.log10(areas[:, 0] / figure),
            np.log10(areas[:, 1] / figure),
            np.log10(areas[:, 0] / lengths[:, 0] / np.sqrt(figure)),
            np.log10(areas[:, 1] / lengths[:, 1] / np.sqrt(figure)),
        ],
        axis=1,
    )


def custom_features(ends: Integers, met: Integers) -> Colour:
    """(M, 3) how much of all that each tone meets is the other one, and in how many places."""
    total = np.maximum(met.sum(axis=1), 1)
    there = met[ends[:, 0], ends[:, 1]]
    _, which, places = np.unique(
        ends[:, 0] * len(met) + ends[:, 1], return_inverse=True, return_counts=True
    )
    return np.stack(
        [there / total[ends[:, 0]], there / total[ends[:, 1]], np.log10(places[which])], axis=1
    )


def picture_features(tones: Tones, shadow: Vote, highlight: Vote) -> Colour:
    """(4,) how flat the picture is, and how sure its light."""
    return np.array(
        [
            tones.flatness,
            shadow.support * (shadow.witnesses >= WITNESSES),
            highlight.support * (highlight.witnesses >= WITNESSES),
            len(tones.colours) / MOST_TONES,
        ]
    )
