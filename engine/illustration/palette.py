"""The colours of a character, chosen by seed: curated harmonies, and the inks derived from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.illustration.curves import Color, as_color

SKINS = (0xFFE9DA, 0xFFE2CE, 0xFBD9C0, 0xF0C4A2, 0xC99068)
OUTFITS = (
    # hair, eyes, jacket, shirt, ribbon, trim
    (0x5B6FA8, 0xE8A33D, 0x39456B, 0xFBFAF7, 0xD5455A, 0xE9C46A),
    (0xE79FB3, 0x3FA7B5, 0x5A4668, 0xFFFDF8, 0x3E8FA3, 0xF2D8A0),
    (0x7A4B3A, 0x5FA35B, 0x2F5D62, 0xFDF9EE, 0xC8553D, 0xE0B15E),
    (0xEFD08A, 0x4F7FC9, 0x8A3B47, 0xFFFFFF, 0x33415C, 0xE8D7B0),
    (0xC9CCDA, 0x9A5BC2, 0x2E3348, 0xF4F3F7, 0x7B5EA7, 0xB9C3DA),
    (0x3A3440, 0xC2453F, 0x746A5B, 0xFBF7EF, 0x8C2F39, 0xD9C7A3),
    (0x74B7A6, 0xE0729A, 0x4A5678, 0xFEFEFA, 0xF0A35E, 0xF3E3B5),
    (0xC56A43, 0x46976F, 0x42506B, 0xFFFBF4, 0x4C8C6B, 0xEBCB8B),
)


@dataclass(frozen=True)
class Palette:
    """The flat colors of a character and the colours of its light and ink."""

    skin: Color
    hair: Color
    eyes: Color
    jacket: Color
    shirt: Color
    ribbon: Color
    trim: Color
    shade: Color
    """What every shadow multiplies by: the picture's one shadow light."""
    light: Color
    """What every highlight mixes towards."""
    ink: Color
    """The darkest line colour."""

    def line(self, color: Color) -> Color:
        """The ink round a region: its hue, deep and dark, mixed into the ink."""
        brightest = max(color.max(), 0.01)
        deep = 0.6 * brightest * (color / brightest) ** 5
        return np.asarray(self.ink + 0.62 * (deep - self.ink))


def choose_palette(seed: int, rng: np.random.Generator) -> Palette:
    """One of the curated palettes, in turn, its colours a little moved."""
    outfit = [as_color(value) for value in OUTFITS[seed % len(OUTFITS)]]
    hair, eyes, jacket, shirt, ribbon, trim = (
        np.clip(color + rng.normal(0, 0.012, 3), 0, 1) for color in outfit
    )
    return Palette(
        skin=as_color(SKINS[rng.choice(len(SKINS), p=[0.3, 0.3, 0.2, 0.12, 0.08])]),
        hair=hair,
        eyes=eyes,
        jacket=jacket,
        shirt=shirt,
        ribbon=ribbon,
        trim=trim,
        shade=as_color((0.80, 0.69, 0.83)) + rng.normal(0, 0.015, 3),
        light=as_color((1.0, 0.985, 0.94)),
        ink=as_color(0x241A26),
    )
