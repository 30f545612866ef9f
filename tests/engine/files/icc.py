"""Small colour profiles for the tests, built tag by tag (ICC.1:2001-04, version 2.4)."""

import struct

WHITE = (0.9642, 1.0, 0.8249)
"""D50, the white of the connection space."""
MATRIX = (1, 0, 0, 0, 1, 0, 0, 0, 1)
RAMP = bytes(range(256))


def gray(gamma: float) -> bytes:
    """A gray profile with a plain power curve."""
    curve = b"curv" + struct.pack(">4xIH", 1, round(gamma * 256))
    return profile(b"GRAY", b"XYZ ", {b"kTRC": curve})


def rgb(gamma: float) -> bytes:
    """A profile with sRGB's primaries and a plain power curve, named "test"."""
    primaries = {"r": (0.4361, 0.2225, 0.0139), "g": (0.3851, 0.7169, 0.0971),
                 "b": (0.1431, 0.0606, 0.7141)}  # fmt: skip
    tags = {}
    for name, colour in primaries.items():
        tags[f"{name}XYZ".encode()] = xyz(colour)
        tags[f"{name}TRC".encode()] = b"curv" + struct.pack(">4xIH", 1, round(gamma * 256))
    return profile(b"RGB ", b"XYZ ", tags)


def cmyk(ink_lightness: float) -> bytes:
    """A CMYK profile in which paper is white and any full ink prints one neutral gray."""
    white, ink = bytes([255, 128, 128]), bytes([round(ink_lightness * 2.55), 128, 128])
    corners = white + ink * 15
    table = struct.pack(">4x4B", 4, 3, 2, 0) + struct.pack(">9i", *(v << 16 for v in MATRIX))
    return profile(b"CMYK", b"Lab ", {b"A2B0": b"mft1" + table + RAMP * 4 + corners + RAMP * 3})


def xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *(round(value * 65536) for value in values))


def profile(space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    name = b"desc" + struct.pack(">4xI", 5) + b"test\0" + bytes(78)
    tags = {b"desc": name, b"cprt": b"text\0\0\0\0none\0", b"wtpt": xyz(WHITE), **tags}
    index, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        index += tag + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    kind = b"prtr" if space == b"CMYK" else b"mntr"
    head = struct.pack(">I4sI4s4s4s12x4s", start + len(body), b"test", 0x02400000, kind,
                       space, connection, b"acsp")  # fmt: skip
    header = head.ljust(68, b"\0") + xyz(WHITE)[8:]
    return header.ljust(128, b"\0") + index + body
