"""What a drawing is made of: shapes of one flat color, with tones and lines on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.illustration.curves import Color, Points, Stroke, Warp


@dataclass(frozen=True)
class Fade:
    """A soft fall-off: full at the centre, nothing at the radii."""

    x: float
    y: float
    radius_x: float
    radius_y: float


@dataclass(frozen=True)
class Tone:
    """A shadow or a highlight: the union of some outlines, clipped to the shape it lies on."""

    outlines: Sequence[Points]
    color: Color
    """A shadow multiplies by it, a highlight mixes towards it."""
    strength: float = 1.0
    fade: Fade | None = None

    def warped(self, warp: Warp) -> Tone:
        """The same tone, its outlines and the centre of its fade warped."""
        fade = self.fade
        if fade is not None:
            x, y = warp(np.array([[fade.x, fade.y]]))[0]
            fade = replace(fade, x=x, y=y)
        return replace(self, outlines=[warp(points) for points in self.outlines], fade=fade)


@dataclass(frozen=True)
class Shape:
    """A region of one flat color with what is drawn on it; without an outline, lines alone."""

    outline: Points | None
    color: Color | None
    """None covers nothing: the tones fall on what is there already."""
    shadows: Sequence[Tone] = ()
    highlights: Sequence[Tone] = ()
    lines: Sequence[Stroke] = ()
    within: Points | None = None
    """Nothing of the shape shows outside this outline."""

    def warped(self, warp: Warp) -> Shape:
        """The same shape, everything on it warped."""
        return replace(
            self,
            outline=None if self.outline is None else warp(self.outline),
            within=None if self.within is None else warp(self.within),
            shadows=[tone.warped(warp) for tone in self.shadows],
            highlights=[tone.warped(warp) for tone in self.highlights],
            lines=[line.warped(warp) for line in self.lines],
        )


def lines_only(*lines: Stroke) -> Shape:
    """A shape of nothing but lines."""
    return Shape(None, None, lines=lines)
