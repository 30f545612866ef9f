"""Datasets that our illustrator draws, as `layer-bridge dataset build` leaves them."""

from pathlib import Path

from engine.dataset import Index, SampleEntry
from engine.dataset.sample import Sample
from engine.illustration import draw_character
from engine.layers import LayerRole

WIDTH, HEIGHT = 48, 64


def write_dataset(folder: Path, count: int) -> Path:
    """Write so many samples."""
    for seed in range(count):
        write_sample(folder / f"picture_{seed}", seed)
    write_index(folder, [f"picture_{seed}" for seed in range(count)])
    return folder


def write_sample(folder: Path, seed: int) -> None:
    """Write a sample, or in the place of one."""
    layers = draw_character(WIDTH, HEIGHT, seed).layers
    folder.mkdir(parents=True, exist_ok=True)
    Sample.of({role: getattr(layers, role.value) for role in LayerRole}).write(folder)


def write_index(folder: Path, names: list[str], width: int = WIDTH) -> None:
    """Say which samples there are, and that they are so wide."""
    entries = [
        SampleEntry(name=name, source_file=f"{name}.psd", psnr_db=60, max_error=1) for name in names
    ]
    Index(width=width, height=HEIGHT, samples=entries).write(folder)
