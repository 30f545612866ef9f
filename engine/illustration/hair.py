"""The hair: what falls behind, the locks beside the face, the bangs, and their shine."""

from __future__ import annotations

import numpy as np

from engine.illustration.curves import (
    LIFTED,
    Points,
    mirrored,
    outline,
    smooth,
)
from engine.illustration.painting import Fade, Shape
from engine.illustration.traits import Traits

WHORL = (512.0, 120.0)
"""Where the strands of the bangs come from."""
CROWN = smooth(
    (332, 462), (311, 395), (299, 305), (318, 208), (376, 140), (448, 108), (506, 101),
    (562, 108), (628, 142), (682, 208), (701, 305), (689, 395), (668, 462),
)  # fmt: skip
TIPS = ((668, 462), (617, 405), (563, 386), (512, 412), (462, 392), (404, 402), (332, 462))
NOTCHES = ((634, 330), (590, 322), (539, 336), (487, 338), (436, 322), (368, 328))


def bangs(traits: Traits) -> Shape:
    """The bangs and the crown of the head: locks between notches, each to its tip."""
    hair = traits.palette.hair
    tips = [TIPS[0], *_jittered(TIPS[1:-1], traits), TIPS[-1]]
    edges = [
        edge
        for right, notch, left in zip(tips, NOTCHES, tips[1:], strict=False)
        for edge in (_edge(right, notch, 9), _edge(notch, left, -9))
    ]
    strands = [_strand(notch) for notch in NOTCHES]
    return Shape(
        outline(CROWN, *edges),
        hair,
        shadows=[
            traits.shadow(*(_fold(s, e) for s, e in zip(strands, edges[1::2], strict=True))),
            traits.shadow(outline(CROWN, *edges), depth=0.7, fade=Fade(700, 470, 170, 330)),
        ],
        highlights=[traits.light(*_shine(), strength=0.55)],
        lines=[
            traits.pen(CROWN, hair, 1.25, (0.5, 1, 0.9, 1.1, 0.8, 0.6, 0.8, 1, 1.2, 1.2, 0.5)),
            *(traits.pen(edge, hair, 1.05, (0.3, 0.8, 1, 0.7, 0.3)) for edge in edges),
            *(traits.pen(strand, hair, 0.9, LIFTED) for strand in strands),
        ],
    )


def _jittered(tips: tuple[tuple[float, float], ...], traits: Traits) -> list[tuple[float, float]]:
    return [(x + traits.tips[2 * i], y + traits.tips[2 * i + 1]) for i, (x, y) in enumerate(tips)]


def _edge(start: tuple[float, float], end: tuple[float, float], bow: float) -> Points:
    """One side of a lock, bowed to the right."""
    (x0, y0), (x1, y1) = start, end
    return smooth(start, ((x0 + x1) / 2 + bow, (y0 + y1) / 2 + abs(bow) / 2), end)


def _strand(notch: tuple[float, float]) -> Points:
    """The line from a notch up towards the whorl, round the skull."""
    x, y = notch
    middle = (x + (x - WHORL[0]) * 0.06, y - 0.38 * (y - WHORL[1]))
    top = (WHORL[0] + (x - WHORL[0]) * 0.72, WHORL[1] + 0.28 * (y - WHORL[1]))
    return smooth(notch, middle, top)


def _fold(strand: Points, edge: Points) -> Points:
    """The shadow beside a strand, down the lock on its left."""
    upper, lower = strand[: int(len(strand) * 0.7)], edge[: int(len(edge) * 0.75)]
    back = smooth(tuple(lower[-1]), tuple(lower[0] + (-13, -6)), tuple(upper[-1]))
    return outline(upper[::-1], lower, back)


def _shine() -> list[Points]:
    """The ring of light round the skull, in jagged patches."""
    patches = []
    for left, right in ((352, 420), (430, 508), (522, 560), (600, 640)):
        xs = np.linspace(left, right, 9)
        ring = 255 - 42 * np.sqrt(np.clip(1 - ((xs - 500) / 190) ** 2, 0, 1))
        saw = np.tile([0, 1], 5)[:9]
        upper = np.stack([xs, ring - 8 - 12 * saw], axis=1)
        lower = np.stack([xs, ring + 9 + 16 * saw], axis=1)
        upper[[0, -1], 1] = lower[[0, -1], 1] = ring[[0, -1]]
        patches.append(outline(upper, lower[::-1]))
    return patches


def side_locks(traits: Traits) -> list[Shape]:
    """The two locks that frame the face."""
    return [_side_lock(traits, left=False), _side_lock(traits, left=True)]


def _side_lock(traits: Traits, left: bool) -> Shape:
    hair, wave = traits.palette.hair, 10 * traits.wave
    outer = smooth((664, 240), (697, 340), (702, 440), (694 + wave, 545), (664, 668))
    inner = smooth((664, 668), (662 + wave, 580), (643, 490), (640, 400), (628, 330), (612, 260))
    strand = smooth((668, 635), (679 + wave / 2, 540), (672, 440), (662, 350))
    dark = outline(strand, smooth((662, 350), (650, 440), (658, 540), (668, 635)))
    if left:
        outer, inner, strand, dark = (mirrored(p) for p in (inner, outer, strand[::-1], dark))
    return Shape(
        outline(outer, inner),
        hair,
        shadows=[traits.shadow(dark)],
        lines=[
            traits.pen(outer, hair, 1.2, (0.3, 0.9, 1, 0.8, 0.2)),
            traits.pen(inner, hair, 1.2, (0.2, 0.8, 1, 0.9, 0.3)),
            traits.pen(strand, hair, 0.8),
        ],
    )


def back_hair(traits: Traits) -> Shape:
    """The hair that falls behind the neck and shoulders."""
    hair = traits.palette.hair
    right = smooth((690, 300), (708, 420), (712, 540), (735, 680), (752, 800), (728, 905))
    hem = smooth((728, 905), (690, 860), (640, 900))
    half = outline(right, hem)
    whole = outline(half, mirrored(half))
    return Shape(
        whole,
        hair,
        shadows=[
            traits.shadow(
                outline(
                    smooth((340, 300), (310, 560), (300, 900)),
                    smooth((700, 900), (690, 560), (660, 300)),
                )
            )
        ],
        lines=[traits.pen(p, hair, 1.25) for p in (right, hem, mirrored(right), mirrored(hem))],
    )
