"""Time and memory of an engine against the picture's size: decomposing, exact restacking included.

    python benchmarks/decompose.py [--engine builtin] [--megapixels 1 12 100] [--bits 16]
                                   [--picture FILE]

Each size runs in a process of its own; the memory is that process's peak, picture and layers and
Python included. Without a picture it draws the character of `engine.illustration`, at up to
2 megapixels, and enlarges it: drawing more would be the peak.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import engine
from engine.illustration import draw_character

DRAWN = 2.0
"""Megapixels of the largest picture that is drawn."""


def picture_of(megapixels: float, file: Path | None, bits: int) -> engine.Rgba:
    """A 4:3 picture of about that size."""
    width, height = sides(megapixels)
    if file is None:
        drawn = draw_character(*sides(min(megapixels, DRAWN))).source
        rgba = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_CUBIC)
    else:
        with Image.open(file) as image:
            resized = image.convert("RGBA").resize((width, height), Image.Resampling.LANCZOS)
        rgba = np.asarray(resized)
    return rgba if bits == 8 else rgba.astype(np.uint16) * 257


def sides(megapixels: float) -> tuple[int, int]:
    """Width and height of a 4:3 picture."""
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    return width, round(width * 3 / 4)


def measure(name: str, rgba: engine.Rgba) -> dict[str, float]:
    """Decompose once; seconds, those of all cores, longest silence of the progress, peak in MiB."""
    loaded = engine.load(name)
    busy = time.process_time()
    beats = [time.perf_counter()]
    stack = loaded.decompose(rgba, progress=lambda stage, done: beats.append(time.perf_counter()))
    beats.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": beats[-1] - beats[0],
        "busy": time.process_time() - busy,
        "silence": max(np.diff(beats)),
        "mebibytes": peak / (1 << 20 if sys.platform == "darwin" else 1 << 10),
        "psnr_db": stack.reconstruction.psnr_db,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--engine", default=engine.DEFAULT_ENGINE)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 4, 12, 25, 50, 100])
    parser.add_argument("--bits", type=int, choices=[8, 16], default=8)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        rgba = picture_of(options.megapixels[0], options.picture, options.bits)
        print(json.dumps(measure(options.engine, rgba)))
        return
    print(
        "| megapixels | seconds | of all cores | longest silence | peak memory | reconstruction |"
    )
    print("|---|---|---|---|---|---|")
    for megapixels in options.megapixels:
        command = [sys.executable, __file__, "--one", "--engine", options.engine]
        command += ["--megapixels", str(megapixels), "--bits", str(options.bits)]
        command += ["--picture", str(options.picture)] if options.picture else []
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        row = json.loads(result.stdout)
        print(
            f"| {megapixels:g} | {row['seconds']:.2f} | {row['busy']:.2f} "
            f"| {row['silence']:.2f} s | {row['mebibytes']:.0f} MiB | {row['psnr_db']:.1f} dB |",
            flush=True,
        )


if __name__ == "__main__":
    main()
