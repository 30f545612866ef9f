"""Datasets that our illustrator draws, as `layer-bridge dataset build` leaves them."""

import json
from pathlib import Path

from engine.files.png import encode_png
from engine.illustration import draw_character
from engine.layers import LayerRole

WIDTH, HEIGHT = 48, 64


def write_dataset(folder: Path, count: int) -> Path:
    """Write so many samples."""
    for seed in range(count):
        write_sample(folder / f"picture_{seed}", seed)
    write_index(folder, [f"picture_{seed}" for seed in range(count)])
    return folder


def write_sample(folder: Path, seed: int, width: int = WIDTH, height: int = HEIGHT) -> None:
    drawn = draw_character(width, height, seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "composite.png").write_bytes(encode_png(drawn.source))
    for role in LayerRole:
        layer = encode_png(getattr(drawn.layers, role.value))
        (folder / f"{role}.png").write_bytes(layer)


def write_index(folder: Path, names: list[str], **other: object) -> None:
    index = {
        "format": "layer-bridge/dataset",
        "version": 1,
        "width": WIDTH,
        "height": HEIGHT,
        "samples": [
            {"name": name, "source_file": f"{name}.psd", "psnr_db": 60.0, "max_error": 1.0}
            for name in names
        ],
        "left_out": [],
    }
    (folder / "dataset.json").write_text(json.dumps(index | other), encoding="utf-8")
