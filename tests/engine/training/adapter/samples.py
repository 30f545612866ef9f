"""A few prepared samples for the tiny model, of random latents."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.training.adapter.prepared import Index, write_index, write_prompt, write_sample
from tests.engine.diffusion.tiny import TEXT

LATENTS = (16, 6, 4)


def write_prepared(folder: Path, count: int = 2, seed: int = 0) -> Path:
    """Write so many samples, called a, b, c..."""
    folder.mkdir()
    generator = torch.Generator().manual_seed(seed)
    write_prompt(folder, torch.randn(1, 7, TEXT, generator=generator))
    samples = []
    for name in "abcdefgh"[:count]:
        layers = torch.randn(4, *LATENTS, generator=generator)
        samples.append(write_sample(folder, name, layers, layers.mean(dim=0)))
    index = Index(
        base="nobody/tiny-layered",
        revision="main",
        prompt="Anime illustration, layered rendering",
        latents=LATENTS,
        samples=tuple(samples),
    )
    write_index(folder, index)
    return folder
