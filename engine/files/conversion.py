"""Pixels of any colour model as RGBA, with an RGB profile that fits them or none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image

from engine.errors import UnsupportedImage
from engine.files.profiles import gray_table, is_sound, space, to_srgb
from engine.layers import Rgba

EIGHT_TO_SIXTEEN = 257


class Converted(NamedTuple):
    """RGBA pixels, their profile (None: sRGB), and what was done to them."""

    rgba: Rgba
    icc_profile: bytes | None
    notes: tuple[str, ...]


def from_pillow(image: Image.Image, profile: bytes | None) -> Converted:
    """Convert an 8-bit Pillow image of any mode.

    Raises:
        UnsupportedImage: the mode holds 32-bit or floating-point numbers.
    """
    match image.mode:
        case "1" | "L" | "LA" | "La":
            return from_channels(np.asarray(image.convert("LA")), profile)
        case "P" | "PA" | "RGB" | "RGBX" | "RGBA" | "RGBa" | "YCbCr":
            return from_channels(np.asarray(image.convert("RGBA")), profile)
        case "CMYK":
            return _from_cmyk(image, profile)
        case "LAB":
            rgba = np.asarray(to_srgb(image, None).convert("RGBA"))
            return Converted(rgba, None, ("Lab was converted to sRGB.",))
    raise UnsupportedImage(
        "The picture has 32 bits or floating-point numbers a channel; save it with 8 or 16 bits."
    )


def from_channels(pixels: Rgba, profile: bytes | None) -> Converted:
    """Convert (H, W, 1 to 4) uint8 or uint16: gray, gray and alpha, RGB, or straight RGBA."""
    channels = pixels.shape[2]
    fitting = "RGB" if channels > 2 else "GRAY"
    notes: tuple[str, ...] = ()
    colour = pixels[..., :1] if channels == 2 else pixels
    if profile is not None and not is_sound(profile):
        notes = ("The file's colour profile is damaged and was left out.",)
        profile = None
    elif profile is not None and space(profile) not in ("RGB", fitting):
        notes = (f"The file's {space(profile)} profile does not fit its pixels and was left out.",)
        profile = None
    if channels == 4:
        return Converted(pixels, profile, notes)
    if profile is not None and space(profile) == "GRAY":
        colour, notes = _from_gray(colour[..., 0], profile)
        profile = None
    out = np.full((*pixels.shape[:2], 4), np.iinfo(pixels.dtype).max, pixels.dtype)
    out[..., :3] = colour
    if channels == 2:
        out[..., 3] = pixels[..., 1]
    return Converted(out, profile, notes)


def _from_cmyk(image: Image.Image, profile: bytes | None) -> Converted:
    if space(profile) == "CMYK":
        note = "CMYK was converted to sRGB through its profile."
    else:
        note = "CMYK without a profile was converted to sRGB by the plain formula."
        profile = None
    return Converted(np.asarray(to_srgb(image, profile).convert("RGBA")), None, (note,))


def _from_gray(gray: Rgba, profile: bytes) -> tuple[Rgba, tuple[str, ...]]:
    """(H, W) gray under a gray profile -> (H, W, 3) sRGB, and a note."""
    table: Rgba = gray_table(profile)
    if gray.dtype == np.uint16:
        table = _widened(table)
    colour: Rgba = table[gray]
    return colour, ("Grayscale was converted to sRGB through its profile.",)


def _widened(table: Rgba) -> Rgba:
    """A table of 256 colours of 8 bits as one of 65536 of 16 bits, straight lines between."""
    levels, at = np.arange(256) * EIGHT_TO_SIXTEEN, np.arange(65536)
    columns = [np.interp(at, levels, column * float(EIGHT_TO_SIXTEEN)) for column in table.T]
    widened: Rgba = np.rint(np.stack(columns, axis=1)).astype(np.uint16)
    return widened
