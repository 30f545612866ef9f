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
    profile, notes = _usable(profile, ("RGB",) if channels > 2 else ("RGB", "GRAY"))
    if channels == 4:
        return Converted(pixels, profile, notes)
    colour = pixels[..., :1] if channels == 2 else pixels
    if profile is not None and space(profile) == "GRAY":
        colour = _through_gray(colour[..., 0], profile)
        profile, notes = None, ("Grayscale was converted to sRGB through its profile.",)
    out = np.full((*pixels.shape[:2], 4), np.iinfo(pixels.dtype).max, pixels.dtype)
    out[..., :3] = colour
    if channels == 2:
        out[..., 3] = pixels[..., 1]
    return Converted(out, profile, notes)


def _usable(profile: bytes | None, spaces: tuple[str, ...]) -> tuple[bytes | None, tuple[str, ...]]:
    """A profile if it describes one of the colour spaces, and what there is to say if not."""
    if profile is None:
        return None, ()
    if space(profile) not in spaces:
        note = f"The file's {space(profile)} profile does not fit its pixels and was left out."
        return None, (note,)
    if not is_sound(profile):
        return None, ("The file's colour profile is damaged and was left out.",)
    return profile, ()


def _from_cmyk(image: Image.Image, profile: bytes | None) -> Converted:
    profile, notes = _usable(profile, ("CMYK",))
    if profile is not None:
        notes = ("CMYK was converted to sRGB through its profile.",)
    else:
        notes += ("CMYK without a profile was converted to sRGB by the plain formula.",)
    return Converted(np.asarray(to_srgb(image, profile).convert("RGBA")), None, notes)


def _through_gray(gray: Rgba, profile: bytes) -> Rgba:
    """(H, W) gray under a gray profile -> (H, W, 3) sRGB."""
    table: Rgba = gray_table(profile)
    if gray.dtype == np.uint16:
        table = _widened(table)
    colour: Rgba = table[gray]
    return colour


def _widened(table: Rgba) -> Rgba:
    """A table of 256 colours of 8 bits as one of 65536 of 16 bits, straight lines between."""
    levels, at = np.arange(256) * EIGHT_TO_SIXTEEN, np.arange(65536)
    columns = [np.interp(at, levels, column * float(EIGHT_TO_SIXTEEN)) for column in table.T]
    widened: Rgba = np.rint(np.stack(columns, axis=1)).astype(np.uint16)
    return widened
