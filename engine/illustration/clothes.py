"""The clothes: a jacket over a shirt with a collar and a ribbon."""

from __future__ import annotations

from engine.illustration.curves import (
    SIDES,
    Points,
    Warp,
    ellipse,
    mirrored,
    moved,
    outline,
    smooth,
)
from engine.illustration.shapes import Fade, Shape
from engine.illustration.traits import Traits


def jacket(traits: Traits, hair_in_front: list[Points]) -> Shape:
    """Shoulders, sleeves and the body; `hair_in_front` casts a shadow on it."""
    cloth = traits.palette.jacket
    side = smooth((592, 650), (654, 684), (708, 708), (752, 764), (776, 870), (792, 1040))
    arm = smooth((690, 850), (704, 930), (702, 1040))
    body = outline(side, mirrored(side))
    sleeve = outline(arm, smooth((702, 1040), (740, 1040), (722, 930), (690, 850)))
    fold = smooth((742, 800), (748, 860), (736, 905), (760, 870), (764, 820), (742, 800))
    return Shape(
        body,
        cloth,
        shadows=[
            traits.shadow(
                sleeve,
                mirrored(sleeve),
                fold,
                *(moved(points, 9, 14) for points in hair_in_front),
                moved(mirrored(fold), 20, 30),
            ),
            traits.shadow(body, depth=0.8, fade=Fade(840, 1040, 240, 420)),
        ],
        highlights=[
            traits.light(
                smooth((255, 752), (300, 716), (340, 700), (300, 726), (255, 752)), strength=0.3
            )
        ],
        lines=[
            *(traits.pen(s(side), cloth, 1.3, (0.5, 1, 0.8, 1.1, 0.9, 0.8)) for s in SIDES),
            traits.pen(arm, cloth, 1.1, (0.2, 1, 1)),
            traits.pen(mirrored(arm), cloth, 1.1, (1, 1, 0.2)),
            traits.pen(smooth((500, 905), (494, 1040)), cloth, 1.0, (0.6, 1, 1)),
        ],
    )


def shirt(traits: Traits) -> Shape:
    """The shirt where the jacket is open."""
    cloth = traits.palette.shirt
    edge = smooth((574, 668), (566, 740), (546, 810), (502, 912))
    front = outline(edge, mirrored(edge))
    return Shape(
        front,
        cloth,
        shadows=[traits.shadow(outline(mirrored(edge), moved(mirrored(edge), 34, 0)[::-1]))],
        lines=[traits.pen(smooth((500, 700), (499, 905)), traits.palette.shade, 0.7)],
    )


def lapels(traits: Traits) -> list[Shape]:
    """The jacket's two lapels."""
    cloth = traits.palette.jacket
    shapes = []
    for side in SIDES:
        outer = outline(
            smooth((600, 650), (632, 690), (642, 772)),
            smooth((642, 772), (606, 782)),
            smooth((606, 782), (620, 806)),
            smooth((620, 806), (566, 870), (502, 922)),
        )
        inner = smooth((502, 922), (548, 810), (572, 735), (588, 650))
        shapes.append(
            Shape(
                side(outline(outer, inner)),
                cloth,
                shadows=[traits.shadow(side(outline(inner, moved(inner, 12, 0)[::-1])))],
                lines=[traits.pen(side(p), cloth, 1.1) for p in (outer, inner)],
            )
        )
    return shapes


def collar(traits: Traits) -> list[Shape]:
    """The shirt's two collar points."""
    cloth = traits.palette.shirt
    shapes = []
    for side in SIDES:
        top = smooth((556, 612), (578, 640), (604, 672))
        out = smooth((604, 672), (594, 715), (572, 752))
        inside = smooth((572, 752), (536, 730), (502, 698))
        roll = smooth((502, 698), (535, 660), (556, 612))
        shapes.append(
            Shape(
                side(outline(top, out, inside, roll)),
                cloth,
                shadows=[
                    traits.shadow(side(outline(roll, smooth((556, 612), (566, 660), (502, 698)))))
                ],
                lines=[
                    traits.pen(side(p), traits.palette.shade, 1.0) for p in (top, out, inside, roll)
                ],
            )
        )
    return shapes


def ribbon(traits: Traits) -> list[Shape]:
    """A bow with two loops, two tails and a knot."""
    cloth = traits.palette.ribbon
    round_knot = ellipse(500, 708, 19, 17)
    knot = Shape(
        round_knot,
        cloth,
        shadows=[traits.shadow(ellipse(506, 716, 18, 10))],
        highlights=[traits.light(ellipse(494, 701, 7, 4))],
        lines=[traits.pen(round_knot, cloth, 1.0, (1, 0.6, 1))],
    )
    tails = [_ribbon_tail(traits, side) for side in SIDES]
    return [*tails, *(_ribbon_loop(traits, side) for side in SIDES), knot]


def _ribbon_tail(traits: Traits, side: Warp) -> Shape:
    cloth = traits.palette.ribbon
    outer = smooth((506, 712), (536, 770), (556, 842))
    end = [smooth((556, 842), (536, 832)), smooth((536, 832), (520, 852))]
    inner = smooth((520, 852), (514, 790), (500, 716))
    dark = outline(inner, smooth((500, 716), (526, 780), (520, 852)))
    return Shape(
        side(outline(outer, *end, inner)),
        cloth,
        shadows=[traits.shadow(side(dark), ellipse(500, 720, 60, 34))],
        lines=[traits.pen(side(piece), cloth) for piece in (outer, *end, inner)],
    )


def _ribbon_loop(traits: Traits, side: Warp) -> Shape:
    cloth = traits.palette.ribbon
    upper = smooth((506, 700), (540, 668), (584, 664), (596, 690))
    lower = smooth((596, 690), (594, 726), (572, 744), (538, 730), (506, 712))
    dark = outline(lower, smooth((506, 712), (550, 714), (596, 690)))
    gleam = smooth((536, 686), (560, 674), (580, 676), (560, 684), (536, 686))
    pleat = smooth((514, 706), (538, 698), (562, 700))
    return Shape(
        side(outline(upper, lower)),
        cloth,
        shadows=[traits.shadow(side(dark))],
        highlights=[traits.light(side(gleam), strength=0.4)],
        lines=[
            traits.pen(side(upper), cloth, 1.1),
            traits.pen(side(lower), cloth, 1.1),
            traits.pen(side(pleat), cloth, 0.8),
        ],
    )


def buttons(traits: Traits) -> list[Shape]:
    """The jacket's buttons, and its breast pocket."""
    metal, cloth = traits.palette.trim, traits.palette.jacket
    pocket = outline(
        smooth((598, 884), (664, 874)),
        smooth((664, 874), (666, 892)),
        smooth((666, 892), (600, 902)),
        smooth((600, 902), (598, 884)),
    )
    return [
        Shape(
            pocket,
            cloth,
            shadows=[traits.shadow(moved(pocket, 0, 9))],
            lines=[traits.pen(pocket, cloth, 0.9, (0.5, 1, 0.7, 1, 0.5))],
        ),
        *(
            Shape(
                ellipse(514, y, 10, 10),
                metal,
                shadows=[traits.shadow(ellipse(519, y + 6, 11, 9))],
                highlights=[traits.light(ellipse(510, y - 4, 3.5, 3), strength=0.9)],
                lines=[traits.pen(ellipse(514, y, 10, 10), metal, 0.8, (1, 0.6, 1))],
            )
            for y in (938, 992)
        ),
    ]
