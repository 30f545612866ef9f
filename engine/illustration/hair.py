"""The hair: what falls behind, the locks beside the face, the bangs, and their shine."""

from __future__ import annotations

import numpy as np

from engine.illustration.curves import (
    LIFTED,
    SIDES,
    Points,
    Warp,
    mirrored,
    moved,
    outline,
    smooth,
)
from engine.illustration.shapes import Fade, Shape
from engine.illustration.traits import SKULL, Traits

WHORL = (512.0, 120.0)
"""Where the strands of the bangs come from."""
CROWN = smooth(
    (332, 462), (311, 395), (299, 305), (318, 208), (376, 140), (448, 108), (506, 101),
    (562, 108), (628, 142), (682, 208), (701, 305), (689, 395), (668, 462),
)  # fmt: skip
TIPS = ((668, 462), (621, 414), (578, 384), (515, 420), (470, 386), (408, 412), (332, 462))
NOTCHES = ((636, 316), (597, 338), (546, 308), (492, 338), (445, 310), (372, 324))


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
    """The line from a notch up towards the whorl, round the skull; from a high notch, further."""
    x, y = np.subtract(notch, WHORL)
    middle = (WHORL[0] + x * 1.03, WHORL[1] + y * 0.66)
    end = (0.60, 0.27) if notch[1] < 330 else (0.98, 0.52)
    return smooth(notch, middle, (WHORL[0] + x * end[0], WHORL[1] + y * end[1]))


def _fold(strand: Points, edge: Points) -> Points:
    """The shadow beside a strand, down the lock on its left."""
    upper, lower = strand[: int(len(strand) * 0.7)], edge[: int(len(edge) * 0.75)]
    back = smooth(tuple(lower[-1]), tuple(lower[0] + (-13, -6)), tuple(upper[-1]))
    return outline(upper[::-1], lower, back)


def _shine() -> list[Points]:
    """The ring of light round the skull, in patches that run out along the strands."""
    return [_patch(left, right) for left, right in ((346, 428), (438, 522), (534, 566), (610, 642))]


def _patch(left: float, right: float) -> Points:
    """A piece of the ring: an even upper edge, and a lower one in points of uneven length."""
    xs = np.linspace(left, right, 2 * round((right - left) / 14) + 1)
    ring = 262 - 50 * np.sqrt(np.clip(1 - ((xs - 500) / 190) ** 2, 0, 1))
    inside = np.sin(np.linspace(0, np.pi, len(xs)))
    points = np.resize([0, 22, 6, 38, 4, 28, 8, 44], len(xs)) * inside
    upper = np.stack([xs, ring - 13 * inside], axis=1)
    lower = np.stack([xs, ring + points], axis=1)
    return outline(smooth(*map(tuple, upper)), lower[::-1])


def cowlick(traits: Traits) -> Shape:
    """The tuft that stands up from the whorl."""
    hair, lean = traits.palette.hair, 14 * traits.wave
    rise = smooth((494, 112), (506, 74), (540 + lean, 46), (586 + lean, 52))
    fall = smooth((586 + lean, 52), (548 + lean, 68), (534, 90), (532, 114))
    return Shape(
        outline(rise, fall),
        hair,
        shadows=[traits.shadow(outline(fall, smooth((532, 114), (524, 84), (586 + lean, 52))))],
        lines=[traits.pen(rise, hair, 1.1), traits.pen(fall, hair, 1.0)],
    )


def side_locks(traits: Traits) -> list[Shape]:
    """The two locks that frame the face."""
    return [_side_lock(traits, side) for side in SIDES]


def _side_lock(traits: Traits, side: Warp) -> Shape:
    sway, tip = 10 * traits.wave, 620 if traits.haircut == "bob" else 668
    outer = smooth((664, 240), (697, 340), (702, 440), (694 + sway, 545), (660, tip))
    inner = smooth((660, tip), (662 + sway, 575), (643, 490), (640, 400), (628, 330), (612, 260))
    strand = smooth((664, tip - 33), (679 + sway / 2, 540), (672, 440), (662, 350))
    dark = outline(strand, smooth((662, 350), (650, 440), (658, 540), (664, tip - 33)))
    return _lock(traits, [side(outer), side(inner)], [side(strand)], side(dark))


def _lock(traits: Traits, edges: list[Points], strands: list[Points], dark: Points) -> Shape:
    """A falling lock: its edges end to end, thin where it begins and ends, and its dark side.

    A mirrored edge runs the other way, and so do the pieces of the outline.
    """
    hair = traits.palette.hair
    lit = edges[0]
    if not np.allclose(edges[0][-1], edges[1][0]):
        edges = edges[::-1]
    return Shape(
        outline(*edges),
        hair,
        shadows=[traits.shadow(dark)],
        highlights=[traits.light(_gleam(lit), strength=0.4)],
        lines=[
            *(traits.pen(edge, hair, 1.2, (0.25, 0.85, 1, 0.85, 0.25)) for edge in edges),
            *(traits.pen(strand, hair, 0.8) for strand in strands),
        ],
    )


def _gleam(edge: Points) -> Points:
    """A sliver of light that follows the middle of an edge, a little inside the lock."""
    part = edge[int(len(edge) * 0.36) : int(len(edge) * 0.6)]
    inward = -10.0 if part[0, 0] > SKULL[0] else 10.0
    width = np.sin(np.linspace(0, np.pi, len(part)))[:, None] * np.array([inward * 0.8, 0])
    near = moved(part, inward, 0)
    return outline(near, (near + width)[::-1])


def behind(traits: Traits) -> Shape:
    """The hair that falls behind the neck, and behind the shoulders if it is long."""
    hair, sway = traits.palette.hair, 12 * traits.wave
    if traits.haircut == "long":
        first = smooth((690, 300), (716, 420), (722, 540), (744 + sway, 660), (808 + sway, 772))
        between = smooth((808 + sway, 772), (776, 742), (756, 700))
        second = smooth((756, 700), (796, 800), (816 + sway, 880), (872 + sway, 962))
        pieces = [first, between, second, smooth((872 + sway, 962), (800, 930), (720, 860))]
    else:
        first = smooth((690, 300), (724, 420), (730, 520), (716, 590), (672 + sway, 640))
        notch = smooth((672 + sway, 640), (650, 624), (626, 634))
        pieces = [first, notch, smooth((626, 634), (600, 652), (570, 638), (500, 648))]
    inside = smooth((640, 300), (690, 540), (700, 700), (690, 900))
    return Shape(
        outline(*pieces, *(mirrored(piece) for piece in reversed(pieces))),
        hair,
        shadows=[traits.shadow(outline(inside, mirrored(inside)))],
        lines=[traits.pen(side(piece), hair, 1.25) for piece in pieces for side in SIDES],
    )


def over_shoulders(traits: Traits) -> list[Shape]:
    """The hair that falls before the shoulders: a tress on each side, or a tail tied high."""
    if traits.haircut == "long":
        return [_tress(traits, side) for side in SIDES]
    return [_tail(traits, side) for side in SIDES] if traits.haircut == "tails" else []


def _tress(traits: Traits, side: Warp) -> Shape:
    sway = 14 * traits.wave
    outer = smooth((700, 420), (710, 560), (722 + sway, 690), (716, 800), (668 - sway, 915))
    inner = smooth((668 - sway, 915), (676, 800), (662 + sway, 690), (650, 560), (640, 420))
    strand = smooth((676 - sway, 880), (696, 790), (694 + sway, 690), (684, 590))
    dark = outline(strand, smooth((684, 590), (668 + sway, 690), (680, 800), (676 - sway, 880)))
    return _lock(traits, [side(outer), side(inner)], [side(strand)], side(dark))


def _tail(traits: Traits, side: Warp) -> Shape:
    sway = 16 * traits.wave
    outer = smooth(
        (686, 214), (780, 220), (846, 330), (866, 500), (848 + sway, 660), (790 - sway, 850)
    )
    inner = smooth((790 - sway, 850), (796, 700), (776 + sway, 560), (742, 420), (694, 316))
    strands = [
        smooth((798 - sway, 800), (824 + sway, 660), (822, 500), (786, 360), (738, 280)),
        smooth((840, 640), (848, 500), (826, 370), (780, 280)),
    ]
    back = smooth((738, 280), (764, 370), (800, 520), (808 + sway, 660), (798 - sway, 800))
    return _lock(
        traits,
        [side(outer), side(inner)],
        [side(strand) for strand in strands],
        side(outline(strands[0], back)),
    )


def ties(traits: Traits) -> list[Shape]:
    """The ribbons that hold the tails."""
    if traits.haircut != "tails":
        return []
    cloth = traits.palette.ribbon
    knot = smooth(
        (688, 226), (708, 222), (722, 262), (714, 312), (694, 314), (700, 268), (688, 226)
    )
    fold = smooth((700, 268), (712, 290), (714, 312), (694, 314), (700, 268))
    return [
        Shape(
            side(knot),
            cloth,
            shadows=[traits.shadow(side(fold))],
            lines=[traits.pen(side(knot), cloth, 1.0, (0.6, 1, 0.8, 1, 0.6))],
        )
        for side in SIDES
    ]
