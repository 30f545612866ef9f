"""A trial: one variant of the method trained from one seed, and judged on pictures it never saw."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from benchmarks.small_proof.judgement import KINDS, Decompose, judge, sheet
from benchmarks.small_proof.log import Entry
from benchmarks.small_proof.network import schedule, untrained
from benchmarks.small_proof.pictures import UNSEEN, Drawing, Floats, latents_of, picture_of
from engine.diffusion.sampler import Prompts, Run, sample
from engine.layers import Rgba
from engine.training.adapter.loop import TOTAL, Listener, Report, train
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.student import Student

RECIPES = Path(__file__).with_name("recipes")
STEPS = 10
"""Of sampling, as the engine's quality "fast" takes."""
TOLD_EVERY = 100


@dataclass(frozen=True)
class Trial:
    """What is tried."""

    variant: str
    """Name of its recipe"""
    seed: int
    prepared: Prepared
    """What is trained on"""
    steps: int | None = None
    """Of training, in place of the recipe's"""

    @property
    def name(self) -> str:
        """For a file."""
        return f"{self.variant}-{self.seed}" + ("" if self.steps is None else f"-{self.steps}")

    @cached_property
    def recipe(self) -> Recipe:
        """The variant's, with the trial's seed."""
        recipe = Recipe.read(RECIPES / f"{self.variant}.toml")
        steps = self.steps or recipe.steps
        return recipe.model_copy(update={"seed": self.seed, "steps": steps})

    @property
    def settings(self) -> str:
        """All that its figures depend on, but the code."""
        recipe = hashlib.sha256(self.recipe.model_dump_json().encode()).hexdigest()
        return f"recipe {recipe[:8]}, {STEPS} steps of sampling, {data(self.prepared)}"

    def entry(self, began: str) -> Entry:
        """For the log; its figures, or why it failed, are still to come."""
        return Entry(variant=self.variant, seed=self.seed, settings=self.settings, began=began)

    def run(self, unseen: Sequence[Drawing], work: Path) -> dict[str, dict[str, float]]:
        """Train, or go on from the last checkpoint; then decompose unseen pictures.

        Args:
            unseen: pictures and their layers.
            work: for checkpoints, and a sheet of layers to look at.

        Returns:
            See `judge`.
        """
        student = Student.whole(untrained(self.seed), self.recipe)
        train(student, self.prepared, work / self.name, _shown(self.name), resume=True)
        student.transformer.eval()
        decompose = self._with(student, len(unseen))
        sheet(decompose, unseen).save(work / f"{self.name}.png")
        return judge(decompose, unseen)

    def _with(self, student: Student, unseen: int) -> Decompose:
        prompts = Prompts(self.prepared.prompt, None)

        def decompose(picture: Rgba, place: int) -> Floats:
            latents = sample(
                student.transformer,
                schedule(),
                latents_of(picture)[None],
                prompts,
                self.recipe.layout,
                Run(STEPS, self.seed * unseen + place),
                lambda stage, done: None,
            )
            return np.stack([picture_of(layer) for layer in latents])

        return decompose


def data(prepared: Prepared) -> str:
    """What is trained on and what is judged, in a few words."""
    kinds = " and ".join(KINDS)
    return f"trained on {prepared.identity[:8]}, judged on {UNSEEN.start} to {UNSEEN[-1]} {kinds}"


def _shown(name: str) -> Listener:
    def show(report: Report) -> None:
        if report.step % TOLD_EVERY == 0:
            loss = report.losses[TOTAL]
            print(
                f"{name}: step {report.step}, loss {loss:.3f}, {report.seconds:.2f} s", flush=True
            )

    return show
