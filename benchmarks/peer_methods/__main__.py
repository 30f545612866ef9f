"""Decompose pictures by one peer, in the peers' own environment: python -m peer_methods --help.

Nothing of layer-bridge is imported here, as it is not installed there.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from peer_methods import layerdivider, opencv, xdog

Method = Callable[[np.ndarray], dict[str, np.ndarray]]
"""(H, W, 4) uint8, straight alpha -> such pictures by role, bottom first, in normal blending."""

METHODS: dict[str, Method] = {
    "edge-preserving": opencv.edge_preserving,
    "stylization": opencv.stylization,
    "l0-smoothing": opencv.l0_smoothing,
    "xdog": xdog.line_art,
    "layerdivider": layerdivider.decompose,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="peer_methods", description="Decompose by one peer.")
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("sources", type=Path, help="folder of 8-bit RGBA PNGs")
    parser.add_argument("results", type=Path, help="folder that gets a folder of layers for each")
    parser.add_argument("--layerdivider", type=Path, help="its checkout")
    options = parser.parse_args()
    if options.layerdivider is not None:
        layerdivider.load(options.layerdivider)
    for source in sorted(options.sources.glob("*.png")):
        picture = cv2.cvtColor(cv2.imread(str(source), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        begun = time.monotonic()
        layers = METHODS[options.method](picture)
        write(options.results / source.stem, layers, time.monotonic() - begun)


def write(folder: Path, layers: dict[str, np.ndarray], seconds: float) -> None:
    """Write layers as `layer-bridge evaluate --results` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for role, rgba in layers.items():
        cv2.imwrite(str(folder / f"{role}.png"), cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    entries = [{"role": role, "file": f"{role}.png", "blend_mode": "normal"} for role in layers]
    manifest = {"layers": entries, "composition": "normal", "seconds": seconds}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


if __name__ == "__main__":
    main()
