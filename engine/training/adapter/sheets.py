"""Sheets of sampled layers: what the weights in training make of a picture or two, to look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler
from numpy.typing import NDArray

from engine.attendance import Progress
from engine.dataset.sample import restack
from engine.diffusion.checkpoint import load_scheduler, load_vae
from engine.diffusion.frames import FRAME_ORDER
from engine.diffusion.latents import cleaned, decode
from engine.diffusion.placement import free_memory
from engine.diffusion.sampler import Prompts, Run, sample
from engine.evaluation.recomposition import recompose_output
from engine.files.preview import Cell, sheet_of
from engine.layers import LayerRole, ModelOutput, Rgba
from engine.replacement import replacing
from engine.training.adapter.pictures import Pictures
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.student import Student

STEPS = 20
"""From noise to layers, as the engine takes by default."""
SAMPLED = 2
"""Pictures on a sheet."""
CELL = 480
"""Pixels of a picture's longer side on the sheet."""
COLUMNS = 2 + len(FRAME_ORDER)


@dataclass(frozen=True)
class Sheets:
    """Where sheets go, and what they are made with."""

    base: Path
    """The base model's folder"""
    pictures: Pictures
    prepared: Prepared
    """The latents of `pictures`, in the same order"""
    student: Student
    folder: Path

    def write(self, step: int, progress: Progress) -> Path:
        """Decompose the last pictures of the dataset, and write them beside their true layers.

        Args:
            step: how many steps are done; the file is named for it.
            progress: told each step of the sampler; may raise `Cancelled`.
        """
        count = shown(self.student.recipe, len(self.prepared))
        # Only for the sheet: what learns needs its memory.
        vae = load_vae(self.base).eval().to(self.student.transformer.device)
        cells: list[Cell] = []
        for place, index in enumerate(range(len(self.prepared) - count, len(self.prepared))):
            name = self.pictures.names[index]

            def told(stage: str, done: float, name: str = name, place: int = place) -> None:
                progress(f"sampling {name}", (place + done) / count)

            cells += self._rows(index, vae, told)
        del vae
        free_memory()
        path = self.folder / f"step-{step:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            partial.write_bytes(sheet_of(cells, COLUMNS, CELL, None))
        return path

    def _rows(self, index: int, vae: AutoencoderKLQwenImage, progress: Progress) -> list[Cell]:
        """A row of what is found, and one of what is true."""
        name = self.pictures.names[index]
        picture, *layers = self.pictures.read(name)
        found = ModelOutput(picture, self._found(index, vae, progress))
        true = ModelOutput(picture, dict(zip(FRAME_ORDER, layers, strict=True)))
        return _row(found, name, "sampled") + _row(true, name, "true")

    @torch.no_grad()
    def _found(
        self, index: int, vae: AutoencoderKLQwenImage, progress: Progress
    ) -> dict[LayerRole, NDArray[np.float32]]:
        student = self.student
        latents = sample(
            student.transformer,
            self._scheduler,
            self.prepared[index].picture[None],
            Prompts(self.prepared.prompt, None),
            student.recipe.layout,
            Run(STEPS, student.recipe.seed),
            progress,
        )
        return {
            role: cleaned(decode(vae, frame[None]))
            for role, frame in zip(FRAME_ORDER, latents, strict=True)
        }

    @cached_property
    def _scheduler(self) -> FlowMatchEulerDiscreteScheduler:
        return load_scheduler(self.base)


def shown(recipe: Recipe, samples: int) -> int:
    """How many of so many samples, the last ones, a sheet shows: only held out ones, if any are."""
    return min(SAMPLED, recipe.watch.held_out or samples)


def _row(output: ModelOutput, name: str, what: str) -> list[Cell]:
    layers = {role: _in_bytes(layer) for role, layer in output.layers.items()}
    restacked = restack(layers)
    shown = [Cell(role.display_name, what, layers[role]) for role in FRAME_ORDER]
    quality = f"{what}, {recompose_output(output)['psnr']:.1f} dB"
    return [
        Cell(name, "", _in_bytes(output.picture)),
        *shown,
        Cell("Restacked", quality, restacked),
    ]


def _in_bytes(picture: NDArray[np.float32]) -> Rgba:
    return np.asarray(np.rint(picture * 255), np.uint8)
