"""ICC profiles: what a profile describes, and the way to sRGB."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

RELATIVE = ImageCms.Intent.RELATIVE_COLORIMETRIC
BLACK_POINT = ImageCms.Flags.BLACKPOINTCOMPENSATION
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Colour space -> Pillow's name for pixels of it."""


@cache
def srgb() -> bytes:
    """An sRGB profile, for files that must hold one."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def space(profile: bytes | None) -> str:
    """The colour space that a profile describes: "RGB", "GRAY", "CMYK", "Lab"; "" for none.

    Bytes 16 to 19 of the header (ICC.1:2022, 7.2.8).
    """
    return (profile or b"")[16:20].decode("latin-1").strip()


def is_sound(profile: bytes) -> bool:
    """Whether a profile of RGB, gray or CMYK can be used: whether a pixel converts through it."""
    try:
        to_srgb(Image.new(MODES[space(profile)], (1, 1)), profile)
    except (OSError, ImageCms.PyCMSError):
        return False
    return True


def description(profile: bytes) -> str:
    """A profile's own name, as hosts list it; "" where it has none."""
    try:
        return ImageCms.getProfileDescription(_opened(profile)).strip()
    except ImageCms.PyCMSError:
        return ""


def _opened(profile: bytes) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert a CMYK, L or RGB image through its profile, or a LAB one, to sRGB.

    Relative colorimetric with black point compensation, as image editors do. Without a profile,
    CMYK becomes RGB by the plain formula (1 - ink)(1 - black).

    Raises:
        PIL.ImageCms.PyCMSError: the profile does not fit the image.
    """
    if image.mode == "LAB":
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    elif profile is None:
        return image.convert("RGB")
    else:
        source = _opened(profile)
    converted = ImageCms.profileToProfile(
        image, source, ImageCms.createProfile("sRGB"), RELATIVE, outputMode="RGB", flags=BLACK_POINT
    )
    assert converted is not None  # it is None only when asked to work in place
    return converted


def gray_table(profile: bytes) -> NDArray[np.uint8]:
    """(256, 3) sRGB: the colour of each gray level under a gray profile."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    return np.asarray(to_srgb(ramp, profile)).reshape(256, 3)
