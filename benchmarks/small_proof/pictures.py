"""Drawn pictures as the small model sees them: pixels take the place of the VAE's latents.

A latent holds the 2 x 2 pixels that it covers, 16 numbers as the base model's; a token, of 2 x 2
latents, holds 4 x 4 pixels. Nothing is lost, so that what is measured is the transformer alone.

Colour is premultiplied by alpha: eq. 10 compares sums over the layers, and so their sum is the
picture wherever no layer covers another. As the base model's latents, these have a mean of 0. Their
deviation, smaller than the base model's 1, is one of several that docs/experiments.md tells of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
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
from engine.training.adapter.prepared import (
    INDEX,
    Index,
    Prepared,
    PreparedUnusable,
    write_index,
    write_prompt,
    write_sample,
)
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
TRAINED, UNSEEN = range(1024), range(2_000_000, 2_000_128)
"""The characters' seeds. Training sees each mirrored, too; nothing was chosen by the unseen."""
TEXT_CHANNELS = 16
"""Of the prompt, which says nothing here: one token, always the same."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Drawing:
    """A drawn picture and its layers in `FRAME_ORDER`; each (SIDE, SIDE, 4) uint8."""

    picture: Rgba
    layers: tuple[Rgba, ...]

    def changed(self, change: Callable[[Rgba], Rgba]) -> Drawing:
        """With a change to all of them."""
        return Drawing(change(self.picture), tuple(map(change, self.layers)))


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


def draw(seeds: Iterable[int], processes: int) -> Iterator[Drawing]:
    """A drawing for each seed."""
    if processes == 1:
        yield from map(_drawn, seeds)
        return
    # Not forked: PyTorch's threads, which a fork leaves behind, would be waited for.
    with ProcessPoolExecutor(processes, get_context("spawn"), cv2.setNumThreads, (1,)) as pool:
        yield from pool.map(_drawn, seeds, chunksize=16)


def _drawn(seed: int) -> Drawing:
    drawn = draw_character(DRAWN, DRAWN, seed)
    layers = tuple(getattr(drawn.layers, role.value) for role in FRAME_ORDER)
    edge = (DRAWN - SIDE) // 2
    middle = slice(edge, edge + SIDE)
    return Drawing(drawn.source, layers).changed(lambda rgba: rgba[middle, middle])


def prepare(folder: Path, processes: int) -> Prepared:
    """Draw what is trained on, and write it as prepared samples, where that is not done.

    Raises:
        PreparedUnusable: what is in the folder was drawn or normalized otherwise.
    """
    if not (folder / INDEX).exists():
        _write(folder, processes)
    prepared = Prepared(folder)
    first = latents_of(_drawn(TRAINED[0]).picture)
    if not torch.equal(prepared[0].picture, first):
        raise PreparedUnusable(f"{folder} holds pictures of another kind; name a new folder.")
    return prepared


def _write(folder: Path, processes: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for seed, drawing in zip(TRAINED, draw(TRAINED, processes), strict=True):
        for name, step in ((f"{seed:04}", 1), (f"{seed:04}-mirrored", -1)):
            seen = drawing.changed(lambda rgba, step=step: rgba[:, ::step])
            layers = torch.stack([latents_of(layer) for layer in seen.layers])
            samples.append(write_sample(folder, name, layers, latents_of(seen.picture)))
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
