"""Read PNG, JPEG, WebP and TIFF."""

from __future__ import annotations

import warnings
from typing import IO, Any

import cv2
import numpy as np
from PIL import Image

from engine.errors import UnsupportedImage
from engine.files.conversion import Converted, from_channels, from_pillow
from engine.files.picture import Picture, check_size, too_large, usable_dpi
from engine.layers import Rgba

KINDS = ("PNG", "JPEG", "WEBP", "TIFF")
"""Pillow's names."""

PNG_DEPTH_AT = 24
"""Where a PNG says its bits a channel, and then its colour type: in IHDR, the first chunk."""
GRAY_AND_ALPHA = 4
ORIENTATION = 0x0112
BITS, PHOTOMETRIC, PLANAR, EXTRA_SAMPLES, SAMPLE_FORMAT = 258, 262, 284, 338, 339
"""TIFF tags (TIFF 6.0, section 8)."""
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
ASSOCIATED_ALPHA = 1
SEPARATE_PLANES = 2
FLOATS = 3

# What OpenCV has to say of a damaged file is said in one sentence by whoever reads it.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def read_raster(file: IO[bytes]) -> Picture:
    """Read the first picture of a file that Pillow knows.

    Raises:
        UnsupportedImage: too large, or in numbers that have no place here (32 bits, floats).
        PIL.UnidentifiedImageError: it is none of `KINDS`.
    """
    with _opened(file) as image:
        check_size(*image.size)
        converted, orientation = _decoded(image, file)
        return Picture(
            upright(converted.rgba, orientation),
            converted.icc_profile,
            _dpi(image),
            _frames_note(image) + converted.notes,
        )


def _opened(file: IO[bytes]) -> Image.Image:
    """Open without decoding; what Pillow calls a decompression bomb is over our limit too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(file, formats=KINDS)
        except Image.DecompressionBombError as error:
            raise too_large() from error


def _decoded(image: Image.Image, file: IO[bytes]) -> tuple[Converted, int]:
    """The pixels, and how they are still to be turned."""
    profile = image.info.get("icc_profile") or None
    if _is_deep(image, file):
        return from_channels(_deep_pixels(image, file), profile), _orientation(image)
    image.load()
    # Asked after loading: a TIFF Pillow turns itself, and drops the tag.
    return from_pillow(image, profile), _orientation(image)


def _orientation(image: Image.Image) -> int:
    return int(image.getexif().get(ORIENTATION, 1))


def _frames_note(image: Image.Image) -> tuple[str, ...]:
    frames = getattr(image, "n_frames", 1)
    if frames == 1 or image.format == "MPO":  # a phone's JPEG, with previews behind it
        return ()
    return (f"The file holds {frames} pictures; the first was read.",)


def _dpi(image: Image.Image) -> float | None:
    return usable_dpi(round(float(image.info.get("dpi", (0, 0))[0]), 1))


def _is_deep(image: Image.Image, file: IO[bytes]) -> bool:
    """Whether the picture has 16 bits a channel, which Pillow would reduce to 8."""
    if image.format == "PNG":
        return _png_form(file)[0] == 16
    return image.format == "TIFF" and _is_deep_tiff(image)


def _png_form(file: IO[bytes]) -> tuple[int, int]:
    """Bits a channel, and the colour type."""
    file.seek(PNG_DEPTH_AT)
    depth, colour_type = file.read(2)
    return depth, colour_type


def _is_deep_tiff(image: Image.Image) -> bool:
    """As `_is_deep`; refuses the TIFFs that neither Pillow nor OpenCV decodes rightly."""
    bits = set(_tag(image, BITS, 1))
    if max(bits) > 16 or FLOATS in _tag(image, SAMPLE_FORMAT, 1):
        raise UnsupportedImage(
            "The TIFF has 32 bits or floating-point numbers a channel; save it with 8 or 16 bits."
        )
    if bits != {16}:
        return False
    if _tag(image, PHOTOMETRIC, RGB)[0] not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB):
        raise UnsupportedImage("The 16-bit TIFF is neither gray nor RGB; save it as RGB.")
    if _tag(image, PLANAR, 1)[0] == SEPARATE_PLANES:
        raise UnsupportedImage("The TIFF keeps its channels apart; save it with them interleaved.")
    return True


def _tag(image: Image.Image, tag: int, otherwise: int) -> tuple[Any, ...]:
    """A TIFF tag's values."""
    value = image.tag_v2.get(tag, otherwise)  # type: ignore[attr-defined]
    return value if isinstance(value, tuple) else (value,)


def _deep_pixels(image: Image.Image, file: IO[bytes]) -> Rgba:
    """(H, W, 1 to 4) uint16: gray, gray and alpha, RGB or RGBA, straight alpha."""
    if image.format == "PNG":
        _verify(file)
    file.seek(0)
    decoded = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        raise ValueError("the 16-bit picture does not decode")
    if decoded.ndim == 2:
        return _deep_gray(image, decoded[..., None])
    if decoded.shape[2] == 3:
        return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    rgba = cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGBA)
    if image.format == "TIFF":
        premultiplied = ASSOCIATED_ALPHA in _tag(image, EXTRA_SAMPLES, 0)
        return _unassociated(rgba) if premultiplied else rgba
    return rgba[..., 2:] if _png_form(file)[1] == GRAY_AND_ALPHA else rgba


def _verify(file: IO[bytes]) -> None:
    """Raise for a PNG whose checksums are wrong; libpng itself would write to stderr."""
    file.seek(0)
    with Image.open(file, formats=["PNG"]) as image:
        image.verify()


def _deep_gray(image: Image.Image, gray: Rgba) -> Rgba:
    """Gray with what OpenCV leaves out: a PNG's transparent level, a TIFF whose 0 is white."""
    if image.format == "TIFF":
        return 65535 - gray if _tag(image, PHOTOMETRIC, RGB)[0] == WHITE_IS_ZERO else gray
    transparent = image.info.get("transparency")
    if transparent is None:
        return gray
    return np.concatenate([gray, np.where(gray == transparent, 0, 65535).astype(np.uint16)], 2)


def _unassociated(rgba: Rgba) -> Rgba:
    """Divide the colour by the alpha that it was multiplied with."""
    colour, alpha = rgba[..., :3].astype(np.float32), rgba[..., 3:]
    straight = np.divide(colour * 65535, alpha, out=np.zeros_like(colour), where=alpha > 0)
    return np.concatenate([np.rint(straight.clip(0, 65535)).astype(np.uint16), alpha], axis=2)


def upright(rgba: Rgba, orientation: int) -> Rgba:
    """Turn a picture as its EXIF orientation, 1 to 8, asks for (TIFF 6.0, section 8)."""
    if orientation in (5, 6, 7, 8):
        rgba = rgba.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        rgba = rgba[:, ::-1]
    if orientation in (3, 4, 7, 8):
        rgba = rgba[::-1]
    return np.ascontiguousarray(rgba)
