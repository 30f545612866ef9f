"""A picture as it came out of a file."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import UnsupportedImage
from engine.layers import Rgba

MAX_PIXELS = 150_000_000
"""The largest picture that is read; 16 bits and four layers of it take 6 GB."""
HIGHEST_DPI = 30_000
"""Pixels an inch; a PSD has 16 bits for the whole ones."""


@dataclass(frozen=True)
class Picture:
    """A picture, and what its file says about it."""

    rgba: Rgba
    """(H, W, 4) uint8 or uint16, straight alpha, upright."""
    icc_profile: bytes | None = None
    """The RGB profile of the colour numbers; None means sRGB."""
    dpi: float | None = None
    """Pixels an inch, where the file says so."""
    notes: tuple[str, ...] = ()
    """What was changed in reading, one sentence each."""


def usable_dpi(dpi: float) -> float | None:
    """A resolution if every format can hold it; None for what is none, as 0 or not a number."""
    return dpi if 1 < dpi <= HIGHEST_DPI else None


def check_size(width: int, height: int) -> None:
    """Raise `UnsupportedImage` for a size that is empty or over `MAX_PIXELS`; takes no memory."""
    if width < 1 or height < 1:
        raise UnsupportedImage("The picture has no pixels; save it again with some.")
    if width * height > MAX_PIXELS:
        raise too_large()


def too_large() -> UnsupportedImage:
    """What to raise for a picture over `MAX_PIXELS`."""
    return UnsupportedImage(
        f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels; make it smaller."
    )
