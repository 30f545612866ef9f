"""The head: neck, face, eyes, brows, nose and mouth, seen from the front before it turns."""

from __future__ import annotations

import numpy as np

from engine.illustration.curves import (
    LIFTED,
    SIDES,
    Points,
    Warp,
    ellipse,
    mirrored,
    moved,
    outline,
    smooth,
)
from engine.illustration.shapes import Fade, Shape, Tone, lines_only
from engine.illustration.traits import Traits

EYE_WHITE = np.array([1.0, 0.985, 0.975])
BLUSH = np.array([1.0, 0.72, 0.70])
LIPS = np.array([0.74, 0.32, 0.33])

JAW = smooth(
    (350, 300), (346, 372), (352, 434), (372, 490), (413, 541), (463, 574), (500, 583),
    (537, 574), (587, 541), (628, 490), (648, 434), (654, 372), (650, 300),
)  # fmt: skip
FOREHEAD = smooth((650, 300), (618, 210), (500, 165), (382, 210), (350, 300))


def neck(traits: Traits) -> Shape:
    """The neck and the skin above the collar, under the shadow of the chin."""
    skin = traits.palette.skin
    left = smooth((455, 520), (457, 590), (454, 632), (446, 672))
    throat = outline(left, smooth((446, 672), (500, 735), (554, 672)), mirrored(left))
    chin = traits.turned(moved(outline(JAW, FOREHEAD), -6, 44))
    return Shape(
        throat,
        skin,
        shadows=[traits.shadow(chin)],
        lines=[
            traits.pen(left, skin, 0.9, (0.6, 1, 0.8, 0.3)),
            traits.pen(mirrored(left), skin, 0.9, (0.3, 0.8, 1, 0.6)),
            traits.pen(smooth((462, 676), (480, 690), (487, 704)), skin, 0.6),
            traits.pen(smooth((538, 676), (520, 690), (513, 704)), skin, 0.6),
        ],
    )


def face(traits: Traits, hair_in_front: list[Points]) -> list[Shape]:
    """The face with all its features; `hair_in_front` casts a shadow on it."""
    skin = traits.palette.skin
    cast = [moved(points, 7, 27) for points in hair_in_front]
    cheek = smooth((352, 434), (385, 500), (440, 549), (500, 567), (590, 540), (648, 434))
    cheeks = [
        Tone([ellipse(x, 488, 44, 26)], BLUSH, 0.75, Fade(x, 488, 44, 26)) for x in (408, 592)
    ]
    base = Shape(
        outline(JAW, FOREHEAD),
        skin,
        shadows=[
            *cheeks,
            traits.shadow(
                *cast,
                outline(cheek, smooth((648, 434), (600, 565), (500, 600), (352, 434))),
                smooth((503, 482), (512, 497), (501, 501)),
            ),
        ],
        highlights=[traits.light(ellipse(496, 478, 3.5, 5), strength=0.9)],
        lines=[
            traits.pen(JAW, skin, 1.1, (0.5, 0.8, 1, 0.8, 1.1, 0.8, 1, 0.8, 0.5)),
            traits.pen(smooth((493, 490), (499, 496), (505, 494)), skin, 0.75),
            *(
                traits.pen(smooth((x + 5, 483), (x - 5, 496)), skin, 0.45)
                for x in (392, 407, 422, 577, 592, 607)
            ),
        ],
    )
    eyes = [part for side in SIDES for part in _eye(traits, side)]
    return [base, *eyes, *_mouth(traits)]


def brows(traits: Traits) -> Shape:
    """The brows, drawn over the bangs as is the custom."""
    brow = smooth((536, 356), (560, 343), (588, 340), (612, 347))
    hair = traits.palette.hair * 0.8
    return lines_only(
        *(
            traits.pen(side(brow), hair, 1.3, (0.4, 1, 0.8, 0.15)[::step])
            for side, step in zip(SIDES, (1, -1), strict=True)
        )
    )


def _eye(traits: Traits, side: Warp) -> list[Shape]:
    """One eye: the white, iris, pupil and lights in it, then lids and lashes."""
    ink, skin = traits.palette.eyes * 0.15, traits.palette.skin
    upper = smooth((536, 436), (544, 407), (564, 387), (591, 382), (613, 394), (626, 418))
    lower = smooth((626, 418), (621, 446), (604, 466), (579, 473), (557, 467), (542, 452))
    opening = side(outline(upper, lower))
    white = Shape(
        opening,
        EYE_WHITE,
        shadows=[traits.shadow(side(outline(upper, moved(upper, 0, 17)[::-1])))],
    )
    right_to_left = side is mirrored
    lash = outline(upper, smooth((626, 418), (633, 424), (642, 420)))
    wing = smooth((611, 394), (628, 400), (645, 396))
    spike = smooth((622, 408), (635, 413), (648, 409))
    lids = lines_only(
        *(
            traits.pen(side(points), color, width, pressure[::-1] if right_to_left else pressure)
            for points, color, width, pressure in (
                (lash, ink, 2.9, (0.2, 0.55, 0.8, 0.95, 1, 0.9, 0.15)),
                (wing, ink, 1.7, LIFTED),
                (spike, ink, 1.5, LIFTED),
                (lower[12:-6], ink, 0.9, (1, 0.7, 0.5, 0.3, 0.1)),
                (
                    smooth((552, 382), (578, 369), (606, 374), (622, 386)),
                    skin,
                    0.8,
                    (0.1, 0.9, 1, 0.2),
                ),
            )
        )
    )
    return [white, *_iris(traits, side, opening), lids]


def _iris(traits: Traits, side: Warp, opening: Points) -> list[Shape]:
    """Iris and pupil: dark above, lit from below, two lights on the same side in both eyes."""
    color = traits.palette.eyes
    x, y = side(np.array([[579.0, 428.0]]))[0]
    disc = ellipse(x, y, 34, 45)
    iris = Shape(
        disc,
        color,
        shadows=[
            traits.shadow(ellipse(x, y - 36, 44, 42), depth=1.5),
            Tone([ellipse(x, y, 40, 50)], color * 0.6, 0.7, Fade(x, y - 40, 70, 75)),
        ],
        highlights=[
            traits.light(ellipse(x, y + 27, 20, 11), strength=0.55),
            traits.light(ellipse(x, y + 34, 34, 30), strength=0.4, fade=Fade(x, y + 36, 36, 34)),
        ],
        lines=[traits.pen(disc, color * 0.25, 0.8, (1, 0.6, 1, 1, 1))],
        within=opening,
    )
    pupil = Shape(ellipse(x, y + 1, 12.5, 20), color * 0.16, within=opening)
    lights = [
        traits.light(ellipse(x - 13, y - 20, 10.5, 13.5), strength=1.0),
        traits.light(ellipse(x + 14, y + 21, 5.5, 6.5), strength=0.95),
    ]
    return [iris, pupil, Shape(opening, None, highlights=lights)]


def _mouth(traits: Traits) -> list[Shape]:
    """The mouth; an open one shows its inside and the tongue."""
    skin = traits.palette.skin
    lip = traits.pen(smooth((491, 552), (501, 554), (510, 551)), skin, 0.5)
    if traits.mouth == "calm":
        line = smooth((478, 531), (490, 534), (501, 532), (512, 535), (522, 530))
        return [lines_only(traits.pen(line, skin, 0.95, (0.6, 1, 0.7, 1, 0.5)), lip)]
    corners = smooth((470, 524), (484, 531), (501, 534), (517, 531), (531, 523))
    if traits.mouth == "smile":
        return [lines_only(traits.pen(corners, skin, 1.0, (0.7, 0.6, 1, 0.6, 0.7)), lip)]
    hole = outline(corners, smooth((531, 523), (524, 543), (502, 552), (479, 544), (470, 524)))
    return [
        Shape(
            hole,
            LIPS,
            shadows=[traits.shadow(outline(corners, moved(corners, 0, 9)[::-1]))],
            highlights=[Tone([ellipse(502, 553, 17, 10)], np.array([0.95, 0.62, 0.6]), 0.8)],
            lines=[
                traits.pen(hole[: len(corners)], skin, 1.0, (0.5, 0.9, 1, 0.9, 0.5)),
                traits.pen(hole[len(corners) :], skin, 0.7, (0.5, 0.4, 0.9, 0.4, 0.5)),
            ],
        )
    ]
