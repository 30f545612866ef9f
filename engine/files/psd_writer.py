"""Write a stack as a PSD.

Built from psd-tools' file records (`psd_tools.psd`, Adobe's file format specification in
classes) and not from its layer objects: those composite the merged picture anew on every save,
which takes nine tenths of the time and more memory than all the layers. All that this project
knows of the format stands in this module and in `psd_reader`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from psd_tools.constants import BlendMode as PsdMode
from psd_tools.constants import ChannelID, ColorMode, Compression, Resource, SectionDivider, Tag
from psd_tools.psd import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import (
    ImageResource,
    ImageResources,
    ResoulutionInfo,
    VersionInfo,
)
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    ChannelDataList,
    ChannelInfo,
    GlobalLayerMaskInfo,
    LayerAndMaskInformation,
    LayerInfo,
    LayerInfoBlock,
    LayerRecord,
)
from psd_tools.psd.tagged_blocks import TaggedBlock, TaggedBlocks

from engine.bands import map_bands
from engine.compositing import premultiply, to_planes
from engine.errors import UnsupportedOption
from engine.files.picture import Picture
from engine.files.profiles import srgb
from engine.layers import BlendMode, Layer, LayerStack, Rgba, content_box

MODES: Mapping[BlendMode, PsdMode] = MappingProxyType(
    {
        BlendMode.NORMAL: PsdMode.NORMAL,
        BlendMode.MULTIPLY: PsdMode.MULTIPLY,
        BlendMode.SCREEN: PsdMode.SCREEN,
        BlendMode.LIGHTEN: PsdMode.LIGHTEN,
        BlendMode.DARKEN: PsdMode.DARKEN,
        BlendMode.LINEAR_DODGE: PsdMode.LINEAR_DODGE,
    }
)
LARGEST_SIDE = 30_000
"""Pixels; a PSD holds no more."""
LARGEST_FILE = 2_000_000_000
"""Bytes; the format's limit is 2 GiB."""
FIXED_POINT = 1 << 16
PIXELS_PER_INCH, INCHES = 1, 1
CHANNELS = (
    (ChannelID.TRANSPARENCY_MASK, 3),
    (ChannelID.CHANNEL_0, 0),
    (ChannelID.CHANNEL_1, 1),
    (ChannelID.CHANNEL_2, 2),
)
"""A layer's channels in the order of the file, and where each is in an RGBA pixel."""
LEGACY_NAME_BYTES = 255
Entry = tuple[LayerRecord, ChannelDataList]
"""A layer, or one end of a group: what the file says of it, and its pixels."""


def write_psd(stack: LayerStack, source: Picture, group: str, file: BinaryIO) -> None:
    """Write the layers in one group, and the source as the merged picture.

    Raises:
        UnsupportedOption: the picture is larger than a PSD can be.
    """
    if max(stack.width, stack.height) > LARGEST_SIDE:
        raise UnsupportedOption(
            f"A PSD holds at most {LARGEST_SIDE} pixels a side; write a KRA or a folder instead."
        )
    header = FileHeader(
        channels=4,
        height=stack.height,
        width=stack.width,
        depth=stack.depth,
        color_mode=ColorMode.RGB,
    )
    entries = [
        _divider("</Layer group>", SectionDivider.BOUNDING_SECTION_DIVIDER),
        *(_layer(layer) for layer in stack),
        _divider(group, SectionDivider.OPEN_FOLDER),
    ]
    merged = _merged(source.rgba, header)
    pixels = sum(len(channel.data) for _, channels in entries for channel in channels)
    if pixels + len(merged.data) > LARGEST_FILE:
        raise UnsupportedOption("A PSD holds at most 2 GB; write a KRA or a folder instead.")
    document = PSD(
        header=header,
        image_resources=_resources(source),
        layer_and_mask_information=_section(entries, stack.depth),
        image_data=merged,
    )
    document.write(file)


def _resources(source: Picture) -> ImageResources:
    resources = ImageResources()

    def add(key: Resource, data: Any) -> None:
        resources[key] = ImageResource(key=key, data=data)

    if source.dpi is not None:
        dpi = round(source.dpi * FIXED_POINT)
        add(
            Resource.RESOLUTION_INFO,
            ResoulutionInfo(dpi, PIXELS_PER_INCH, INCHES, dpi, PIXELS_PER_INCH, INCHES),
        )
    add(Resource.ICC_PROFILE, source.icc_profile or srgb())
    add(Resource.VERSION_INFO, VersionInfo(1, True, "layer-bridge", "layer-bridge", 1))
    return resources


def _section(entries: Sequence[Entry], depth: int) -> LayerAndMaskInformation:
    """The layers, bottom first, between the group's two dividers.

    Sixteen bits go where Photoshop puts them: in a block of their own behind an empty section.
    The count is negative because the merged picture has alpha.
    """
    info = (LayerInfo if depth == 8 else LayerInfoBlock)(layer_count=-len(entries))
    for record, channels in entries:
        info.layer_records.append(record)
        info.channel_image_data.append(channels)
    if depth == 8:
        return LayerAndMaskInformation(info, GlobalLayerMaskInfo())
    blocks = TaggedBlocks()
    contents: dict[Tag, Any] = {Tag.SAVING_MERGED_TRANSPARENCY16: b"", Tag.LAYER_16: info}
    for tag, content in contents.items():
        blocks[tag] = TaggedBlock(key=tag, data=content)
    return LayerAndMaskInformation(LayerInfo(), GlobalLayerMaskInfo(), blocks)


def _layer(layer: Layer) -> Entry:
    """A layer cropped to what it shows."""
    rows, columns = content_box(layer.rgba)
    pixels = layer.rgba[rows, columns]
    channels = ChannelDataList()
    channels.extend(_channel(pixels[..., index]) for _, index in CHANNELS)
    record = _record(layer.name, channels)
    record.top, record.bottom = rows.start, rows.stop
    record.left, record.right = columns.start, columns.stop
    record.blend_mode = MODES[layer.blend_mode]
    return record, channels


def _divider(name: str, kind: SectionDivider) -> Entry:
    """The end or the head of a group; its mode is normal, so that it blends by itself."""
    channels = ChannelDataList()
    channels.extend(ChannelData() for _ in CHANNELS)
    record = _record(name, channels)
    record.flags.pixel_data_irrelevant = True
    mode = PsdMode.NORMAL if kind is SectionDivider.OPEN_FOLDER else None
    record.tagged_blocks.set_data(Tag.SECTION_DIVIDER_SETTING, kind, blend_mode=mode)
    return record, channels


def _record(name: str, channels: ChannelDataList) -> LayerRecord:
    legacy = name.encode("macroman", "replace")[:LEGACY_NAME_BYTES].decode("macroman")
    record = LayerRecord(
        channel_info=[
            ChannelInfo(channel_id, 2 + len(channel.data))
            for (channel_id, _), channel in zip(CHANNELS, channels, strict=True)
        ],
        name=legacy,
    )
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
    return record


def _channel(plane: NDArray[np.generic]) -> ChannelData:
    if plane.size == 0:
        return ChannelData()
    channel = ChannelData(compression=Compression.RLE)
    height, width = plane.shape
    big_endian = plane.astype(plane.dtype.newbyteorder(">"), copy=False)
    channel.set_data(big_endian.tobytes(), width, height, plane.itemsize * 8)
    return channel


def _merged(rgba: Rgba, header: FileHeader) -> ImageData:
    data = ImageData(compression=Compression.RLE)
    data.set_data([_on_white(rgba)], header)
    return data


def _on_white(rgba: Rgba) -> bytes:
    """The planes of a picture as a PSD keeps it merged: colour laid on white, and alpha."""
    top = np.float32(np.iinfo(rgba.dtype).max)
    planes = np.empty((4, *rgba.shape[:2]), rgba.dtype.newbyteorder(">"))

    def work(rows: slice) -> None:
        band = premultiply(to_planes(rgba[rows]))
        band[:3] += 1 - band[3]
        planes[:, rows] = np.rint(band * top)

    map_bands(work, *rgba.shape[:2])
    return planes.tobytes()
