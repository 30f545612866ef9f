"""A font for tests: a black square for each of a few characters, a narrow one for all others."""

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

EM = 1000
SQUARE, NARROW = 800, 300


def write_font(path: Path, characters: str) -> Path:
    """Write a TrueType font that has some characters (of the basic plane) and lacks the rest."""
    glyphs = [_square(NARROW), *(_square(SQUARE) for _ in characters)]
    starts = [sum(map(len, glyphs[:at])) for at in range(len(glyphs) + 1)]
    tables = {
        b"cmap": _cmap(sorted(map(ord, characters))),
        b"glyf": b"".join(glyphs),
        b"head": struct.pack(
            ">IIIIHHQQ4hHHhhh",
            *(0x10000, 0x10000, 0, 0x5F0F3CF5, 0, EM, 0, 0, 0, 0, EM, EM, 0, 8, 2, 1, 0),
        ),
        b"hhea": struct.pack(">I3hH3h3h4hhH", 0x10000, EM, 0, 0, EM, *10 * [0], 0, len(glyphs)),
        b"hmtx": b"".join(struct.pack(">Hh", EM, 0) for _ in glyphs),
        b"loca": struct.pack(f">{len(starts)}I", *starts),
        b"maxp": struct.pack(">IH13H", 0x10000, len(glyphs), 4, 1, 0, 0, 2, *8 * [0]),
    }
    path.write_bytes(_file(tables))
    return path


def _square(side: int) -> bytes:
    """A glyph of one contour of four points on it."""
    head = struct.pack(">5hHH", 1, 0, 0, side, side, 3, 0)
    steps = struct.pack(">8h", *(0, 0, side, 0), *(0, side, 0, -side))
    return head + bytes(4 * [1]) + steps


def _cmap(codes: Iterable[int]) -> bytes:
    """Format 4, a segment for each character: glyph n for the nth."""
    ends = [*codes, 0xFFFF]
    deltas = [(glyph - code) % 0x10000 for glyph, code in enumerate(ends[:-1], 1)] + [1]
    count = len(ends)
    words = [*ends, 0, *ends, *deltas, *count * [0]]
    body = struct.pack(f">3H4H{len(words)}H", 4, 16 + 8 * count, 0, 2 * count, 0, 0, 0, *words)
    return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + body


def _file(tables: Mapping[bytes, bytes]) -> bytes:
    head = struct.pack(">IHHHH", 0x10000, len(tables), 0, 0, 0)
    at, directory, data = len(head) + 16 * len(tables), b"", b""
    for tag, table in tables.items():
        directory += struct.pack(">4sIII", tag, 0, at + len(data), len(table))
        data += table + bytes(-len(table) % 4)
    return head + directory + data
