"""A trial: one variant of the method trained from one seed, and judged on pictures it never saw."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.small_proof.network import schedule, untrained
from benchmarks.small_proof.pictures import Floats, latents_of, picture_of
from engine.compositing import premultiply
from engine.diffusion.frames import FRAME_ORDER
from engine.diffusion.sampler import Prompts, Run, sample
from engine.evaluation.fidelity import decibels, over_white
from engine.evaluation.recomposition import FIGURES, recompose_output
from engine.layers import ModelOutput, Rgba
from engine.training.adapter.loop import Listener, Report, train
from engine.training.adapter.pictures import in_floats
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.student import Student

RECIPES = Path(__file__).with_name("recipes")
VARIANTS = {"without_lse": "w/o LSE", "without_layerwise_loss": "w/o LW-Loss", "full": "ours"}
"""Names of the recipes, and what the paper's table 2 calls them."""
STEPS = 10
"""Of sampling, as the engine's quality "fast" takes."""
TOLD_EVERY = 100


@dataclass(frozen=True)
class Trial:
    """What is tried."""

    variant: str
    seed: int
    steps: int | None = None
    """Of training, in place of the recipe's"""

    @property
    def name(self) -> str:
        """For a file."""
        return f"{self.variant}-{self.seed}" + ("" if self.steps is None else f"-{self.steps}")

    @property
    def recipe(self) -> Recipe:
        """The variant's, with the trial's seed."""
        recipe = Recipe.read(RECIPES / f"{self.variant}.toml")
        steps = self.steps or recipe.steps
        return recipe.model_copy(update={"seed": self.seed, "steps": steps})

    def run(self, prepared: Path, unseen: Sequence[Sequence[Rgba]], work: Path) -> dict[str, float]:
        """Train, or go on from the last checkpoint; then decompose unseen pictures.

        Args:
            prepared: what is trained on.
            unseen: of each picture itself and its layers in `FRAME_ORDER`.
            work: for checkpoints, and some layers to look at.

        Returns:
            The means of psnr, ssim, lmse and mse of the raw recomposition, and of each layer's
            psnr; see `engine.evaluation.fidelity`. And the seconds that training took since it
            began or went on.
        """
        student = Student.whole(untrained(self.seed), self.recipe)
        began = time.monotonic()
        train(student, Prepared(prepared), work / self.name, _tell(self.name), resume=True)
        seconds = time.monotonic() - began
        student.transformer.eval()
        noises = range(self.seed * len(unseen), (self.seed + 1) * len(unseen))
        found = [
            self._decomposed(student, picture, noise)
            for noise, (picture, *_) in zip(noises, unseen, strict=True)
        ]
        np.savez_compressed(work / f"{self.name}.npz", found=np.stack(found[:8]))
        figures = [_figures(layers, true) for layers, true in zip(found, unseen, strict=True)]
        means = {name: float(np.mean([one[name] for one in figures])) for name in figures[0]}
        return means | {"seconds": seconds}

    def _decomposed(self, student: Student, picture: Rgba, noise: int) -> Floats:
        """(4, h, w, 4): the layers in `FRAME_ORDER`, from the noise of a seed."""
        prompt = torch.ones(1, 1, student.transformer.config["joint_attention_dim"])
        latents = sample(
            student.transformer,
            schedule(),
            latents_of(picture)[None],
            Prompts(prompt, None),
            self.recipe.layout,
            Run(STEPS, noise),
            lambda stage, done: None,
        )
        return np.stack([picture_of(layer) for layer in latents])


def _tell(name: str) -> Listener:
    def tell(report: Report) -> None:
        if report.step % TOLD_EVERY == 0:
            loss = report.losses["total"]
            print(
                f"{name}: step {report.step}, loss {loss:.3f}, {report.seconds:.2f} s", flush=True
            )

    return tell


def _figures(found: Floats, true: Sequence[Rgba]) -> dict[str, float]:
    picture, *true_layers = (in_floats(rgba) for rgba in true)
    near = recompose_output(ModelOutput(picture, dict(zip(FRAME_ORDER, found, strict=True))))
    figures = {name: near[name] for name in FIGURES}
    for role, layer, truth in zip(FRAME_ORDER, found, true_layers, strict=True):
        figures[f"{role}_psnr"] = _psnr_of(layer, truth)
    return figures


def _psnr_of(layer: Floats, truth: Floats) -> float:
    """Of a layer's colour, premultiplied, over white."""
    ours, theirs = (premultiply(np.moveaxis(one, -1, 0)) for one in (layer, truth))
    apart = over_white(ours) - over_white(theirs)
    return decibels(float(np.square(apart, dtype=np.float64).sum()), apart.size)
