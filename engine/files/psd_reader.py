"""Read the merged picture of a PSD or PSB."""

from __future__ import annotations

import warnings
from typing import Any, BinaryIO

import numpy as np
from psd_tools import PSDImage
from psd_tools.compression import PSDDecompressionWarning
from psd_tools.constants import ColorMode, Compression, Resource, Tag
from psd_tools.psd import PSD
from psd_tools.psd.header import FileHeader

from engine.bands import map_bands
from engine.errors import UnsupportedImage
from engine.files.conversion import Converted, from_channels, from_pillow
from engine.files.picture import Picture, check_size, usable_dpi
from engine.layers import Rgba

PSD_SIGNATURE = b"8BPS"
DEEP_MODES = (ColorMode.GRAYSCALE, ColorMode.RGB)
"""The modes that keep their depth."""
COLOUR_CHANNELS = {
    ColorMode.GRAYSCALE: 1,
    ColorMode.DUOTONE: 1,
    ColorMode.RGB: 3,
    ColorMode.LAB: 3,
    ColorMode.CMYK: 4,
}
"""The modes that can have alpha, in the channel behind these."""
MERGED_ALPHA = (
    Tag.SAVING_MERGED_TRANSPARENCY,
    Tag.SAVING_MERGED_TRANSPARENCY16,
    Tag.SAVING_MERGED_TRANSPARENCY32,
)
FIXED_POINT = 1 << 16
"""Resolutions are 16.16 fixed point."""


def read_psd(file: BinaryIO) -> Picture:
    """Read the merged picture of a PSD or PSB; RGB keeps its depth.

    Raises:
        UnsupportedImage: too large, of 32 bits, or saved without its merged picture.
    """
    header = FileHeader.read(file)
    check_size(header.width, header.height)
    if header.depth == 32:
        raise UnsupportedImage("The PSD has 32 bits a channel; convert it to 8 or 16 bits.")
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PSDDecompressionWarning)
        document = PSD.read(file)
        version = document.image_resources.get_data(Resource.VERSION_INFO)
        if version is not None and not version.has_composite:
            raise UnsupportedImage(
                "The PSD was saved without its merged picture; switch on Maximize Compatibility in "
                "Photoshop's preferences (File Handling) and save it again."
            )
        _check_whole(document)
        return _picture(document)


def _check_whole(document: PSD) -> None:
    """Raise `ValueError` for a file that ends too early; psd-tools would read the rest as black."""
    header, merged = document.header, document.image_data
    if merged.compression != Compression.RLE:
        return
    rows = header.height * header.channels
    lengths = np.frombuffer(merged.data, ">u2" if header.version == 1 else ">u4", rows)
    if len(merged.data) < lengths.nbytes + int(lengths.sum(dtype=np.int64)):
        raise ValueError("the merged picture is cut off")


def _picture(document: PSD) -> Picture:
    resolution = document.image_resources.get_data(Resource.RESOLUTION_INFO)
    profile = document.image_resources.get_data(Resource.ICC_PROFILE) or None
    if document.header.color_mode in DEEP_MODES:
        colours = COLOUR_CHANNELS[document.header.color_mode]
        channels = _channels(document, slice(0, colours + _has_alpha(document)))
        converted = from_channels(_straight(channels), profile)
    else:
        converted = _other_mode(document, profile)
    return Picture(
        converted.rgba,
        converted.icc_profile,
        usable_dpi(round(resolution.horizontal / FIXED_POINT, 2)) if resolution else None,
        converted.notes,
    )


def _other_mode(document: PSD, profile: bytes | None) -> Converted:
    """CMYK, Lab, indexed and the like, which psd-tools gives in 8 bits."""
    header, psd = document.header, PSDImage(document)
    psd.max_alloc_bytes = "unlimited"  # the size is checked already
    image = psd.topil(apply_icc=False)
    if image is None:
        raise ValueError("the PSD has no picture in it")
    rgba, profile, notes = from_pillow(image, profile)
    if _has_alpha(document):
        behind = COLOUR_CHANNELS[header.color_mode]
        alpha = _channels(document, slice(behind, behind + 1)) >> (header.depth - 8)
        rgba = _straight(np.concatenate([rgba[..., :3], alpha.astype(np.uint8)], axis=2))
    if header.depth == 16:
        notes += (f"The PSD's 16-bit {header.color_mode.name} was reduced to 8 bits.",)
    return Converted(rgba, profile, notes)


def _channels(document: PSD, chosen: slice) -> Rgba:
    """(H, W, n): chosen channels of the merged picture, 8 or 16 bits."""
    header = document.header
    dtype = np.dtype(f">u{header.depth // 8}")
    data: Any = document.image_data.get_data(header)
    planes = [np.frombuffer(plane, dtype) for plane in data[chosen]]
    pixels = np.stack(planes, axis=-1).astype(dtype.newbyteorder("="), copy=False)
    return pixels.reshape(header.height, header.width, -1)


def _has_alpha(document: PSD) -> bool:
    """Whether the channel after the colours is the picture's alpha, not a saved selection.

    A negative layer count or a tag says so. A file without layers lists its selections by
    identifiers, which are positive; one without a list has no selections.
    """
    header, section = document.header, document.layer_and_mask_information
    if header.channels <= COLOUR_CHANNELS.get(header.color_mode, header.channels):
        return False
    if section.layer_info is not None and section.layer_info.layer_count != 0:
        return section.layer_info.layer_count < 0
    if any(tag in (section.tagged_blocks or ()) for tag in MERGED_ALPHA):
        return True
    identifiers = document.image_resources.get_data(Resource.ALPHA_IDENTIFIERS)
    return not identifiers or 0 in identifiers


def _straight(pixels: Rgba) -> Rgba:
    """Take the white away that a PSD's merged picture is laid on: c = (m - (1 - a)) / a."""
    if pixels.shape[2] in (1, 3) or not _on_white(pixels):
        return pixels
    top = np.iinfo(pixels.dtype).max

    def work(rows: slice) -> None:
        band = pixels[rows].astype(np.float32) / top
        alpha = band[..., -1:]
        colour = band[..., :-1] - (1 - alpha)
        np.divide(colour, alpha, out=colour, where=alpha > 0)
        pixels[rows, :, :-1] = np.where(alpha > 0, np.rint(colour.clip(0, 1) * top), 0)

    map_bands(work, *pixels.shape[:2])
    return pixels


def _on_white(pixels: Rgba) -> bool:
    """Whether a merged picture can lie on white: then no colour is darker than 1 - a.

    Photoshop lays it on white; Krita and others write straight colour, and black where nothing is.
    """
    top = np.iinfo(pixels.dtype).max
    slack = top // 100  # for rounding

    def lighter(rows: slice) -> bool:
        alpha = pixels[rows, :, -1:].astype(np.int32)
        return bool((pixels[rows, :, :-1] + alpha >= top - slack).all())

    return all(map_bands(lighter, *pixels.shape[:2]))
