"""The judges: small networks that weigh evidence, trained on pictures whose layers are known.

Each is the mean of a few multilayer perceptrons of two hidden layers; docs/learning.md says how
their weights were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import IO

import numpy as np
from numpy.typing import NDArray

LAYERS = 3
FURTHEST = 5.0
"""How many standard deviations from the mean a feature may be: beyond it none was trained."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Judge:
    """An ensemble of E networks of F features."""

    mean: Floats
    scale: Floats
    """(F,) each, of the features in training."""
    layers: tuple[tuple[Floats, Floats], ...]
    """Weights (E, in, out) and offsets (E, out)."""

    def __call__(self, features: Floats) -> NDArray[np.float64]:
        """(M, F) -> (M,) log odds."""
        ready = np.clip((features - self.mean) / self.scale, -FURTHEST, FURTHEST)
        weights, offsets = self.layers[0]
        hidden = ready[None] @ weights + offsets[:, None]
        for weights, offsets in self.layers[1:]:
            hidden = np.maximum(hidden, 0) @ weights + offsets[:, None]
        return np.asarray(hidden[..., 0].mean(axis=0), np.float64)


@cache
def judge_of(question: str) -> Judge:
    """The judge of a question: `kinship`, `likeness` or `base`."""
    with files("engine.builtin").joinpath(f"{question}.npz").open("rb") as file:
        return read_judge(file)


def read_judge(file: IO[bytes]) -> Judge:
    """Read what `engine.training.kinship.judges` wrote."""
    stored = np.load(file)
    layers = [(stored[f"w{index}"], stored[f"b{index}"]) for index in range(LAYERS)]
    return Judge(stored["mean"], stored["scale"], tuple(layers))
