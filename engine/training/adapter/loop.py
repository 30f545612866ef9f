"""The loop of training: from a student and prepared samples to checkpoints.

Everything random follows from the recipe's seed and the step's number, so a run that was ended and
goes on, and a run of several processes, do what one alone would have done. Processes are started by
`accelerate launch` or `torchrun`; each takes its part of every batch, and their gradients' mean is
what each learns from. Only what is trained has gradients, so the frozen base is never sent around.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

import numpy as np
import torch
from accelerate import PartialState
from accelerate.utils import reduce
from numpy.typing import NDArray
from torch import Tensor

from engine.diffusion.placement import ran_out
from engine.errors import Cancelled, EngineError, OutOfMemory
from engine.training.adapter.losses import objective
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.recipe import Recipe, RecipeUnusable
from engine.training.adapter.state import Checkpoints, CheckpointUnusable, State
from engine.training.adapter.step import Batch, draw, predict
from engine.training.adapter.student import Student

TOTAL = "total"
"""What is made small, among the losses of a report."""
HELD_OUT_SIGMAS = (0.125, 0.375, 0.625, 0.875)
"""The noise's shares at which held out samples are looked at: the middles of four equal parts."""
HELD_OUT = 1
"""Ends the places of their draws; a draw of a step has none, which is a 0."""


@dataclass(frozen=True)
class Report:
    """A step that was made."""

    step: int
    """How many are done"""
    losses: Mapping[str, float]
    """`TOTAL`, and its parts by the names that `engine.training.adapter.losses` gives them"""
    seconds: float
    """What it took"""
    checkpoint: Path | None = None
    """Written after this step"""
    held_out: float | None = None
    """The held out samples' loss, asked with the checkpoint"""


Listener: TypeAlias = Callable[[Report], None]
"""Told every step, in the main process; may raise `Cancelled`."""


class Diverged(EngineError):
    """The numbers overflowed."""

    code = "diverged"


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    step: int
    """How many steps are done"""
    checkpoint: Path
    """The one to use: of the least held out loss, or the last where nothing is held out"""
    stopped_early: bool
    """Whether the held out loss ended it"""


def train(
    student: Student, prepared: Prepared, folder: Path, listener: Listener, resume: bool = False
) -> Outcome:
    """Train until the recipe's steps are done, or its `early_stop` says so.

    Args:
        student: on the device where it is to learn; its recipe is the run's.
        prepared: what it learns from.
        folder: for checkpoints, of this run alone.
        listener: told every step. If it raises `Cancelled`, a checkpoint is written first.
        resume: go on from the last checkpoint there, if there is one.

    Raises:
        Cancelled: by `listener`.
        CheckpointUnusable: there are checkpoints, but it is not to go on, or they are of another
            recipe, of other samples or damaged.
        RecipeUnusable: it holds out all samples, or its batch cannot be shared by the processes.
        PreparedUnusable: a sample is damaged.
        CannotWrite: a checkpoint cannot be written.
        OutOfMemory: a step needs more memory than there is.
        Diverged: the loss overflowed.
    """
    run = _Run(student, prepared, Checkpoints(folder, student.recipe.watch.keep))
    run.begin(resume)
    try:
        while not run.is_over:
            report = run.advance()
            if run.is_main:
                listener(report)
    except Cancelled:
        run.keep()
        raise
    except RuntimeError as error:
        if ran_out(error):
            raise OutOfMemory(
                "Training ran out of memory; turn gradient_checkpointing on in the recipe, take a "
                "smaller batch, or fewer bits for the base."
            ) from error
        raise
    return run.outcome


class _Run:
    """A run that is under way, as one process sees it."""

    def __init__(self, student: Student, prepared: Prepared, checkpoints: Checkpoints) -> None:
        self._student, self._prepared, self._checkpoints = student, prepared, checkpoints
        self._recipe = recipe = student.recipe
        self._trained = recipe.trained_of(len(prepared))
        self._processes = PartialState(cpu=student.transformer.device.type == "cpu")
        self._parameters = list(student.parameters().values())
        self._optimizer = torch.optim.AdamW(self._parameters, lr=recipe.learning_rate)
        self._state = State(recipe=recipe, prepared=prepared.identity)
        if recipe.batch % self._processes.num_processes:
            raise RecipeUnusable(
                f"The recipe's batch of {recipe.batch} cannot be shared by "
                f"{self._processes.num_processes} processes; make it a multiple of that."
            )

    @property
    def is_main(self) -> bool:
        """Whether this is the process that tells and writes."""
        return bool(self._processes.is_main_process)

    @property
    def is_over(self) -> bool:
        """Whether no step is left, or none that would help."""
        return self._state.step >= self._recipe.steps or self._has_stalled

    @property
    def outcome(self) -> Outcome:
        """How it stands."""
        state = self._state
        return Outcome(state.step, self._checkpoints.at(state.best), self._has_stalled)

    @property
    def _has_stalled(self) -> bool:
        losses, patience = self._state.held_out, self._recipe.watch.early_stop
        return 0 < patience < len(losses) - losses.index(min(losses)) if losses else False

    def begin(self, resume: bool) -> None:
        """Go to the last checkpoint, if there is one."""
        latest = self._checkpoints.latest()
        if latest is None:
            return
        if not resume:
            raise CheckpointUnusable(
                f"There is a run already, {latest}; resume it, or train into another folder."
            )
        self._state = self._checkpoints.read(latest, self._student, self._optimizer, self._prepared)

    def advance(self) -> Report:
        """Make a step, and a checkpoint where one is due."""
        began = perf_counter()
        losses = self._learn()
        self._state = self._state.model_copy(update={"step": self._state.step + 1})
        step, held_out, checkpoint = self._state.step, None, None
        if step % self._recipe.watch.checkpoint_every == 0 or step == self._recipe.steps:
            held_out = self._ask_held_out()
            checkpoint = self.keep()
            self._processes.wait_for_everyone()
        return Report(step, losses, perf_counter() - began, checkpoint, held_out)

    def keep(self) -> Path:
        """Write a checkpoint, if this is the process that does, and of nothing that overflowed."""
        if not all(parameter.isfinite().all() for parameter in self._parameters):
            raise Diverged(
                f"The weights overflowed by step {self._state.step}; go on from the checkpoint "
                "before with --resume, or train anew with a lower learning_rate, or with precision "
                '= "fp32".'
            )
        if not self._state.held_out:
            self._state = self._state.model_copy(update={"best": self._state.step})
        if self.is_main:
            self._checkpoints.write(self._state, self._student, self._optimizer, self._prepared)
        return self._checkpoints.at(self._state.step)

    def _learn(self) -> dict[str, float]:
        """One step of AdamW; what the losses of the whole batch were before it."""
        total, parts = self._losses(self._share())
        total.backward()  # type: ignore[no-untyped-call]
        losses = {TOTAL: total, **parts}
        means = reduce(torch.stack([*losses.values()]).detach(), "mean").tolist()
        if not np.isfinite(means).all():
            raise Diverged(
                f"The loss overflowed in step {self._state.step + 1}; train anew with a lower "
                'learning_rate, or with precision = "fp32".'
            )
        if self._processes.num_processes > 1:
            for parameter in self._parameters:
                parameter.grad = reduce(parameter.grad, "mean")
        if self._recipe.clip:
            torch.nn.utils.clip_grad_norm_(self._parameters, self._recipe.clip)
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate(self._recipe, self._state.step)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return dict(zip(losses, means, strict=True))

    def _share(self) -> Batch:
        """This process's part of the next batch."""
        step, seed, recipe = self._state.step, self._recipe.seed, self._recipe
        size = recipe.batch // self._processes.num_processes
        first = self._processes.process_index * size
        samples, draws = [], []
        for place in range(first, first + size):
            sample = self._prepared[shuffled(seed, step * recipe.batch + place, self._trained)]
            shape = sample.targets(recipe.layout).shape
            samples.append(sample)
            draws.append(draw((seed, step, place), shape, recipe.sigma))
        return Batch.of(samples, draws, recipe.layout)

    def _losses(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        transformer, recipe = self._student.transformer, self._recipe
        batch = batch.to(transformer.device)
        bf16 = recipe.precision == "bf16"
        with torch.autocast(transformer.device.type, torch.bfloat16, enabled=bf16):
            predicted = predict(transformer, batch, self._prepared.prompt)
        return objective(predicted, batch.velocity, recipe.layout, recipe.loss)

    @torch.no_grad()
    def _ask_held_out(self) -> float | None:
        """The mean loss of the samples that are not trained on, always of the same noise."""
        recipe, losses = self._recipe, []
        for index in range(self._trained, len(self._prepared)):
            sample = self._prepared[index]
            for place, sigma in enumerate(HELD_OUT_SIGMAS):
                shape = sample.targets(recipe.layout).shape
                drawn = draw((recipe.seed, index, place, HELD_OUT), shape, recipe.sigma)
                drawn = replace(drawn, sigma=torch.tensor(sigma))
                losses.append(self._losses(Batch.of([sample], [drawn], recipe.layout))[0].item())
        if not losses:
            return None
        loss, before = float(np.mean(losses)), self._state.held_out
        update: dict[str, object] = {"held_out": (*before, loss)}
        if loss < min(before, default=np.inf):
            update["best"] = self._state.step
        self._state = self._state.model_copy(update=update)
        return loss


def learning_rate(recipe: Recipe, step: int) -> float:
    """That of the step after so many."""
    if recipe.schedule == "constant":
        return recipe.learning_rate
    return recipe.learning_rate * min(1.0, 2 * (1 - step / recipe.steps))


def shuffled(seed: int, place: int, count: int) -> int:
    """Which of `count` samples comes at a place of the endless row of shuffled epochs."""
    return int(_epoch(seed, place // count, count)[place % count])


@lru_cache(maxsize=2)
def _epoch(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(count)
