"""PNG encoding in 8 and 16 bits, with colour profile and resolution.

Pillow writes no 16-bit RGBA and OpenCV before 5 no metadata, so OpenCV encodes the pixels and the
two chunks are put in after the header (PNG specification, third edition, 11.3.2.3 and 11.3.4.3).
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from engine.layers import Rgba

HEADER_BYTES = 8 + 25
"""The signature and the IHDR chunk."""
INCHES_A_METRE = 1 / 0.0254


def encode_pngs(
    pictures: Iterable[Rgba], icc_profile: bytes | None = None, dpi: float | None = None
) -> Iterator[bytes]:
    """Encode pictures on all cores, and yield their PNGs in order."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        yield from pool.map(lambda rgba: encode_png(rgba, icc_profile, dpi), pictures)


def encode_png(rgba: Rgba, icc_profile: bytes | None = None, dpi: float | None = None) -> bytes:
    """Encode (H, W, 4) uint8 or uint16 as a PNG of that depth."""
    done, encoded = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    if not done:
        raise ValueError(f"no PNG can hold a picture of shape {rgba.shape}")
    chunks = b""
    if icc_profile is not None:
        chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(icc_profile))
    if dpi is not None:
        per_metre = round(dpi * INCHES_A_METRE)
        chunks += _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    header, rest = np.split(encoded.reshape(-1), [HEADER_BYTES])
    return b"".join([header.tobytes(), chunks, rest.data])


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
