"""Tiny students, and the recipes that tests train them by."""

from __future__ import annotations

from engine.training.adapter.loop import Report
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.student import Student
from tests.engine.diffusion.tiny import tiny_transformer

BASICS = """
seed = 3
steps = 6
learning_rate = 0.01
batch = 2
precision = "fp32"
"""


def recipe_of(top: str = "", tables: str = "") -> Recipe:
    """A short recipe; what is given comes after the basics, so a key of those is replaced."""
    given = {line.partition("=")[0].strip() for line in top.splitlines()}
    kept = [line for line in BASICS.splitlines() if line.partition("=")[0].strip() not in given]
    return Recipe.parse("\n".join([*kept, top, tables or "[lora]\nrank = 4\nalpha = 4.0"]))


def tiny_student(recipe: Recipe | None = None) -> Student:
    """The tiny base model with a LoRA and embeddings in training."""
    return Student.adapted(tiny_transformer(), recipe or recipe_of())


def watched_recipe() -> Recipe:
    """Four steps, with a checkpoint and a look at what is held out after two."""
    watch = "[watch]\nheld_out = 1\ncheckpoint_every = 2"
    return recipe_of("steps = 4", f"[lora]\nrank = 4\nalpha = 4.0\n{watch}")


def figures(report: Report) -> dict[str, float]:
    """All losses of a report, the held out ones too where they were asked."""
    held_out = {} if report.held_out is None else {"held_out": report.held_out}
    return {**report.losses, **held_out}
