"""What varies from character to character, and the pen that draws this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.illustration.curves import TAPERED, Color, Points, Stroke, stroke
from engine.illustration.palette import Palette, choose_palette
from engine.illustration.shapes import Fade, Tone

HAIRCUTS = ("long", "bob", "tails")
MOUTHS = ("smile", "open", "calm")
SKULL = (500.0, 330.0, 205.0)
"""The middle of the head, across and down, and its radius across."""
NECK = np.array([500.0, 620.0])
"""The point about which the head tilts."""


@dataclass(frozen=True)
class Traits:
    """One character."""

    palette: Palette
    haircut: str
    mouth: str
    line_width: float
    """The width of an ordinary line at full pressure, in the drawing's units."""
    turn: float
    """How far the head looks to the right, in radians."""
    tilt: float
    """How far the head leans to the right, in radians."""
    wave: float
    """How wavy the hair falls, -1 to 1."""
    tips: tuple[float, ...]
    """How far each lock of the bangs is moved, across and down in turn, in units."""

    def pen(
        self,
        points: Points,
        color: Color,
        width: float = 1.0,
        pressure: Sequence[float] = TAPERED,
    ) -> Stroke:
        """A line round a region of this colour; `width` in ordinary lines."""
        return stroke(points, width * self.line_width, self.palette.line(color), pressure)

    def shadow(self, *outlines: Points, depth: float = 1.0, fade: Fade | None = None) -> Tone:
        """The picture's shadow light, where the outlines say."""
        return Tone(outlines, self.palette.shade, depth, fade)

    def light(self, *outlines: Points, strength: float = 0.5, fade: Fade | None = None) -> Tone:
        """The picture's light, where the outlines say."""
        return Tone(outlines, self.palette.light, strength, fade)

    def turned(self, points: Points) -> Points:
        """Points on the front of the head, where they are after the head's turn and tilt.

        Across, the head is a circle seen from the front: x = R sin(angle), and a turn adds to it.
        """
        middle, _, radius = SKULL
        across = np.clip((points[:, 0] - middle) / radius, -1, 1)
        rest = points[:, 0] - middle - across * radius
        x = middle + radius * np.sin(np.arcsin(across) * (1 - abs(self.turn) / 4) + self.turn)
        return self.tilted(np.stack([x + rest, points[:, 1]], axis=1))

    def tilted(self, points: Points) -> Points:
        """Points that lean with the head but are too far back to turn."""
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        return np.asarray((points - NECK) @ np.array([[cos, sin], [-sin, cos]]) + NECK)


def choose_traits(seed: int) -> Traits:
    """The character of a seed; the same one every time."""
    rng = np.random.default_rng(seed)
    return Traits(
        palette=choose_palette(seed, rng),
        haircut=HAIRCUTS[seed % len(HAIRCUTS)],
        mouth=MOUTHS[int(rng.integers(len(MOUTHS)))],
        line_width=float(rng.uniform(4.2, 6.2)),
        turn=float(rng.uniform(0.05, 0.16) * rng.choice([-1, 1])),
        tilt=float(rng.uniform(-0.09, 0.09)),
        wave=float(rng.uniform(-1, 1)),
        tips=tuple(rng.uniform(-9, 9, 32)),
    )
