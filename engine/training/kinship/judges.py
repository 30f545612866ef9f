"""Train the builtin engine's judges: `python -m engine.training.kinship.judges CASES... -o FOLDER`.

CASES are folders of cases with true layers, as `layer-bridge evaluate` takes them; docs/learning.md
says which. A few characters of `engine.illustration` are added, with their own shading. The figures
that it prints are of pictures that a judge was not trained on (four-fold cross validation).
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.builtin.judge import FURTHEST
from engine.evaluation.cases import Case, Truth, find_cases
from engine.illustration import draw_character
from engine.layers import LayerRole, Rgba
from engine.training.kinship.examples import Examples, find_examples
from engine.training.kinship.glows import add_glows

CHARACTERS = range(100, 108)
"""Seeds of the drawn characters."""
SIZE = 900
"""Pixels of a drawn character's side."""
SPECIMEN = 360
"""The same of the one by which stale weights are known."""
GLOWING = 4
"""One of so many cases is shown once more, with glows."""
HIDDEN = 24
MEMBERS = 5
"""Networks in an ensemble."""
RATE, DECAY = 5e-3, 3e-2
JITTER = 0.05
"""Noise added to the standardized features."""
DOUBT = 0.02
"""How far a sure answer stays from 0 and 1."""
FOLDS = 4
STEPS = 1200
CHECKED = 4
"""How many times fewer for the judges that only measure how well it does on other pictures."""
DAMPING = 30.0
"""Pictures count alike, but those with little to say count less."""


@dataclass(frozen=True)
class Data:
    """The examples of many pictures, put together."""

    features: torch.Tensor
    """(M, F) standardized."""
    answers: torch.Tensor
    weights: torch.Tensor
    groups: torch.Tensor
    """(M,) 0 to G - 1"""
    pictures: torch.Tensor
    """(M,) which picture each is of."""

    def part(self, where: torch.Tensor) -> Data:
        """Some of the examples, by their indices; groups are numbered anew."""
        return Data(
            self.features[where],
            self.answers[where],
            self.weights[where],
            torch.unique(self.groups[where], return_inverse=True)[1],
            self.pictures[where],
        )


class Ensemble(torch.nn.Module):
    """Multilayer perceptrons side by side: (M, F) -> (E, M) log odds."""

    def __init__(self, features: int, members: int = MEMBERS) -> None:
        super().__init__()
        sizes = [features, HIDDEN, HIDDEN, 1]
        self.weights = torch.nn.ParameterList(
            torch.randn(members, a, b) / a**0.5 for a, b in pairwise(sizes)
        )
        self.offsets = torch.nn.ParameterList(torch.zeros(members, b) for b in sizes[1:])

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        hidden = features.clamp(-FURTHEST, FURTHEST).expand(len(self.weights[0]), -1, -1)
        for index, (weights, offsets) in enumerate(zip(self.weights, self.offsets, strict=True)):
            hidden = (torch.relu(hidden) if index else hidden) @ weights + offsets[:, None]
        return hidden[..., 0]


def yes_or_no(odds: torch.Tensor, data: Data) -> torch.Tensor:
    """Binary cross entropy, weighted."""
    answers = data.answers * (1 - 2 * DOUBT) + DOUBT
    return torch.nn.functional.binary_cross_entropy_with_logits(
        odds, answers.expand_as(odds), weight=data.weights.expand_as(odds)
    )


def one_of_a_group(odds: torch.Tensor, data: Data) -> torch.Tensor:
    """Cross entropy of a softmax over each group."""
    likely = torch.exp(odds - odds.max())
    size = int(data.groups.max()) + 1
    sums = torch.zeros(len(odds), size).index_add(1, data.groups, likely)
    share = likely / (sums[:, data.groups] + 1e-9)
    return -(torch.log(share + 1e-9) * data.answers * data.weights).mean()


def yes_or_no_figures(odds: NDArray[np.float64], data: Data) -> str:
    """How often a judge is right, weighted as in training."""
    said, same, weight = odds > 0, data.answers.numpy() > 0, data.weights.numpy()
    wrong = (weight * (said & ~same)).sum() / (weight * ~same).sum()
    missed = (weight * (~said & same)).sum() / (weight * same).sum()
    return f"{len(odds)} pairs, false kin {wrong:.4f}, missed kin {missed:.4f}"


def one_of_a_group_figures(odds: NDArray[np.float64], data: Data) -> str:
    """How often the right tone is chosen, weighted as in training."""
    groups = data.groups.numpy()
    order = np.lexsort((-odds, groups))
    first = order[np.unique(groups[order], return_index=True)[1]]
    right, weight = data.answers.numpy()[first], data.weights.numpy()[first]
    return f"{len(first)} groups, right {(right * weight).sum() / weight.sum():.4f}"


@dataclass(frozen=True)
class Question:
    """What a judge is asked."""

    name: str
    loss: Callable[[torch.Tensor, Data], torch.Tensor]
    figures: Callable[[NDArray[np.float64], Data], str]
    batch: int | None
    """Examples a step, or all."""


QUESTIONS = (
    Question("kinship", yes_or_no, yes_or_no_figures, 1024),
    Question("likeness", yes_or_no, yes_or_no_figures, 2048),
    Question("base", one_of_a_group, one_of_a_group_figures, None),
)
"""In the order of `find_examples`."""


def gather(parts: Sequence[Examples]) -> tuple[Data, NDArray[Any], NDArray[Any]]:
    """Put the examples together; also the features' mean and scale, (F,) each."""
    features = np.concatenate([part.features for part in parts])
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-3
    weights = [part.weights / (part.weights.sum() + DAMPING) for part in parts]
    weight = np.concatenate(weights)
    pictures = np.repeat(np.arange(len(parts)), [len(part.answers) for part in parts])
    groups = np.concatenate([part.groups for part in parts]) + pictures * 10**7
    data = Data(
        torch.from_numpy(((features - mean) / scale).astype(np.float32)),
        torch.from_numpy(np.concatenate([part.answers for part in parts])),
        torch.from_numpy((weight / weight.mean()).astype(np.float32)),
        torch.from_numpy(np.unique(groups, return_inverse=True)[1].ravel()),
        torch.from_numpy(pictures),
    )
    return data, mean, scale


def fit(data: Data, question: Question, steps: int, members: int) -> Ensemble:
    """Train an ensemble."""
    model = Ensemble(data.features.shape[1], members)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        part = data
        if question.batch is not None:
            part = data.part(torch.randperm(len(data.answers))[: question.batch])
        noisy = part.features + JITTER * torch.randn_like(part.features)
        optimizer.zero_grad()
        question.loss(model(noisy), part).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return model


def predict(model: Ensemble, data: Data) -> NDArray[np.float64]:
    """(M,) log odds."""
    with torch.no_grad():
        return np.asarray(model(data.features).mean(dim=0).double())


def cross_validate(data: Data, question: Question, steps: int) -> NDArray[np.float64]:
    """(M,) log odds of each example by an ensemble that did not see its picture."""
    odds, folds = np.zeros(len(data.answers)), data.pictures % FOLDS
    for fold in range(min(FOLDS, int(data.pictures.max()) + 1)):
        seen, held = torch.nonzero(folds != fold)[:, 0], torch.nonzero(folds == fold)[:, 0]
        model = fit(data.part(seen), question, steps, members=2)
        odds[held] = predict(model, data.part(held))
    return odds


def specimen(question: Question) -> NDArray[Any]:
    """(F,) the mean of what a judge is told of one drawn character.

    It lies with the weights: where it has changed, so have the steps before the judge.
    """
    drawn = draw_character(SPECIMEN, SPECIMEN, seed=0)
    examples = find_examples(drawn.source, drawn.layers.flat_color)
    return np.asarray(examples[QUESTIONS.index(question)].features.mean(axis=0))


def save(path: Path, model: Ensemble, **told: NDArray[Any]) -> None:
    """Write the weights as the engine reads them, and what they were told in training."""
    arrays = dict(told)
    for index, (weights, offsets) in enumerate(zip(model.weights, model.offsets, strict=True)):
        arrays[f"w{index}"] = weights.detach().numpy()
        arrays[f"b{index}"] = offsets.detach().numpy()
    single: dict[str, Any] = {name: array.astype(np.float32) for name, array in arrays.items()}
    np.savez(path, **single)


@dataclass(frozen=True)
class Schedule:
    """How a judge is trained."""

    steps: int = STEPS
    seed: int = 0


def read(case: Case) -> tuple[Rgba, Truth]:
    """A case's picture and its true layers."""
    picture, truth = case.read()
    if truth is None:
        raise SystemExit(f"{case.name} has no true layers; leave it out.")
    return picture.rgba, truth


def examples_of(case: Case) -> tuple[Examples, ...]:
    """The examples of one case with true layers, for each of `QUESTIONS`."""
    rgba, truth = read(case)
    return find_examples(rgba, truth[LayerRole.FLAT_COLOR])


def examples_of_glowing(case: Case) -> tuple[Examples, ...]:
    """The same, with glows painted over the case: they are no part of its flat color."""
    rgba, truth = read(case)
    flat, rng = truth[LayerRole.FLAT_COLOR], np.random.default_rng(zlib.crc32(case.name.encode()))
    return find_examples(add_glows(rgba, flat, truth[LayerRole.LINE_ART], rng), flat)


def examples_of_character(seed: int) -> tuple[Examples, ...]:
    """The examples of one drawn character, for each of `QUESTIONS`."""
    drawn = draw_character(SIZE, SIZE, seed=seed)
    return find_examples(drawn.source, drawn.layers.flat_color)


def train(question: Question, parts: Sequence[Examples], folder: Path, options: Schedule) -> str:
    """Train one judge, write its weights, and tell its figures."""
    torch.manual_seed(options.seed)
    data, mean, scale = gather(parts)
    figures = question.figures(cross_validate(data, question, options.steps // CHECKED), data)
    model = fit(data, question, options.steps, MEMBERS)
    told = {"mean": mean, "scale": scale, "specimen": specimen(question)}
    save(folder / f"{question.name}.npz", model, **told)
    return f"{question.name}: {figures}"


def main() -> None:
    """Train the judges."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cases", nargs="+", type=Path, help="folders of cases with true layers")
    parser.add_argument("-o", "--output", type=Path, required=True, help="where the weights go")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)  # the networks are too small to be worth a second one
    cases = [case for folder in options.cases for case in find_cases(folder, ())]
    with ProcessPoolExecutor() as pool:
        found = [
            *pool.map(examples_of, cases),
            *pool.map(examples_of_glowing, cases[::GLOWING]),
            *pool.map(examples_of_character, CHARACTERS),
        ]
    sys.stdout.write(f"{len(found)} pictures\n")
    schedule = Schedule(options.steps, options.seed)
    for question, parts in zip(QUESTIONS, zip(*found, strict=True), strict=True):
        sys.stdout.write(train(question, parts, options.output, schedule) + "\n")


if __name__ == "__main__":
    main()
