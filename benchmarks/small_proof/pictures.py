"""Drawn pictures as the small model sees them: pixels take the place of the VAE's latents.

A latent holds the 2 x 2 pixels that it covers, 16 numbers as the base model's; a token, of 2 x 2
latents, holds 4 x 4 pixels. Nothing is lost, so that what is measured is the transformer alone.

Colour is premultiplied by alpha: eq. 10 compares sums over the layers, and only so is the sum, where
no layer covers another, the picture, and its error the picture's. As the base model's latents, these
have a mean of 0. Their deviation, smaller than the base model's 1, is one of several that
docs/experiments.md tells of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from engine.compositing import premultiply, unpremultiply
from engine.diffusion.frames import FRAME_ORDER
from engine.diffusion.latents import LEAST_ALPHA
from engine.illustration import draw_character
from engine.layers import Rgba
from engine.training.adapter.pictures import in_floats
from engine.training.adapter.prepared import Index, write_index, write_prompt, write_sample
from engine.training.adapter.recipe import PROMPT

DRAWN, SIDE = 32, 24
"""Pixels, of a drawing and of the picture, its middle."""
MEAN = (0.131, 0.111, 0.114, 0.238)
"""Of a layer's premultiplied red, green and blue, and of its alpha, in 0 to 1, over all layers that
are trained on."""
DEVIATION = (0.249, 0.217, 0.214, 0.362)
SPREAD = 0.55
"""The deviation that they are given."""
COVERED = 2
"""Pixels along a latent's side."""
TRAINED, UNSEEN = range(1024), range(1_000_000, 1_000_064)
"""The characters' seeds. Training sees each mirrored, too."""
TEXT_CHANNELS = 16
"""Of the prompt, which says nothing here: one token, always the same."""

Floats = NDArray[np.float32]


def latents_of(rgba: Rgba) -> Tensor:
    """(h, w, 4) uint8 straight alpha -> (16, h/2, w/2)"""
    planes = torch.from_numpy(premultiply(np.moveaxis(in_floats(rgba), -1, 0)))
    return pixel_unshuffle((planes - _channels(MEAN)) / _channels(DEVIATION) * SPREAD, COVERED)


def picture_of(latents: Tensor) -> Floats:
    """(16, h/2, w/2) -> (h, w, 4) straight alpha in 0 to 1, cleaned as a decoded layer is."""
    planes = pixel_shuffle(latents, COVERED) / SPREAD * _channels(DEVIATION) + _channels(MEAN)
    found = planes.clamp(0, 1).numpy()
    found[:, found[3] < LEAST_ALPHA] = 0
    return np.ascontiguousarray(np.moveaxis(unpremultiply(found), 0, -1))


def _channels(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values)[:, None, None]


def draw(seeds: Iterable[int], processes: int) -> Iterator[list[Rgba]]:
    """For each seed the picture, and its layers in `FRAME_ORDER`; (SIDE, SIDE, 4) uint8 each."""
    if processes == 1:
        yield from map(_drawn, seeds)
        return
    # Not forked: PyTorch's threads, which a fork leaves behind, would be waited for.
    with ProcessPoolExecutor(processes, get_context("spawn"), cv2.setNumThreads, (1,)) as pool:
        yield from pool.map(_drawn, seeds, chunksize=16)


def _drawn(seed: int) -> list[Rgba]:
    drawn = draw_character(DRAWN, DRAWN, seed)
    edge = (DRAWN - SIDE) // 2
    middle = slice(edge, edge + SIDE)
    pictures = [drawn.source, *(getattr(drawn.layers, role.value) for role in FRAME_ORDER)]
    return [picture[middle, middle] for picture in pictures]


def prepare(folder: Path, processes: int) -> None:
    """Draw what is trained on, and write it as prepared samples."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for seed, drawn in zip(TRAINED, draw(TRAINED, processes), strict=True):
        for name, step in ((f"{seed:04}", 1), (f"{seed:04}-mirrored", -1)):
            picture, *layers = (latents_of(rgba[:, ::step]) for rgba in drawn)
            samples.append(write_sample(folder, name, torch.stack(layers), picture))
    write_prompt(folder, torch.ones(1, 1, TEXT_CHANNELS))
    size = SIDE // COVERED
    index = Index(
        base="small-proof",
        revision="",
        prompt=PROMPT,
        latents=(4 * COVERED**2, size, size),
        samples=tuple(samples),
    )
    write_index(folder, index)
