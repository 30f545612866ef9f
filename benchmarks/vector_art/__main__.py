"""Writes cases: python -m benchmarks.vector_art OUT cel flat --drawings openmoji:3 character:4."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

from benchmarks.vector_art.cases import KINDS, SCALE, make_case, write_case
from benchmarks.vector_art.drawings import HERE, Drawing, draw_svg, read_character, read_drawing

OUTLINED = ("adventurer", "bigheads", "lorelei", "micah", "notionists", "openmoji", "toon-head")
BARE = (
    "avataaars",
    "big-ears",
    "big-smile",
    "bottts",
    "dylan",
    "miniavs",
    "open-peeps",
    "personas",
)
"""Sources with few or no lines of their own: lines are traced on the borders of flat colors."""
SOURCES = ("character", *OUTLINED, *BARE)
SHADED = ("bigheads", "openmoji")
"""Sources that put darker tones of a flat color beside it."""
THICK = {"openmoji": 0.075}
WIDEST = 0.03
"""The widest line, as a share of the figure; THICK has the exceptions."""


def main() -> None:
    options = _options()
    if not (HERE / "node_modules").exists() and any(s != "character" for s, _ in options.drawings):
        sys.exit(f"The drawings are not installed; say: npm ci --prefix {HERE}")
    for kind in options.kinds:
        for source, seed in options.drawings:
            folder = options.out / kind / f"{source}-{seed}"
            try:
                _write(source, seed, kind, options.size, folder)
            except (ValueError, subprocess.CalledProcessError) as error:
                print(f"{folder}: left out. {error}", file=sys.stderr)
            else:
                print(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="cases are written to OUT/KIND/SOURCE-SEED")
    parser.add_argument("kinds", nargs="+", choices=KINDS)
    parser.add_argument(
        "--drawings", nargs="+", type=_drawing, default=[(source, 1) for source in SOURCES],
        metavar="SOURCE:SEED", help=f"sources: {', '.join(SOURCES)} (default: seed 1 of each)",
    )  # fmt: skip
    parser.add_argument(
        "--size", nargs=2, type=int, default=(600, 1100), metavar=("LEAST", "MOST"),
        help="pixels along the figure's longer side (default: 600 1100)",
    )  # fmt: skip
    return parser.parse_args()


def _drawing(text: str) -> tuple[str, int]:
    source, _, seed = text.partition(":")
    if source not in SOURCES or not seed.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not SOURCE:SEED, such as openmoji:3")
    return source, int(seed)


def _write(source: str, seed: int, kind: str, size: tuple[int, int], folder: Path) -> None:
    rng = np.random.default_rng([0, zlib.crc32(f"{kind}{source}:{seed}".encode())])
    width = SCALE * int(rng.integers(*size))
    drawing = _read(source, seed, width)
    write_case(make_case(drawing, kind, source in BARE, rng), folder)


def _read(source: str, seed: int, width: int) -> Drawing:
    if source == "character":
        return read_character(seed, width)
    with tempfile.TemporaryDirectory() as folder:
        (path,) = draw_svg([f"{source}:{seed}"], Path(folder))
        svg = path.read_text(encoding="utf-8")
    return read_drawing(svg, width, THICK.get(source, WIDEST), source in SHADED)


if __name__ == "__main__":
    main()
