"""A run of training, from a dataset to an adapter: forecast, prepared, trained, written.

    WORK/
        recipe.toml      what the run is told
        prepared/        the dataset's latents, and the prompt encoded
        checkpoints/     step-000500 and so on
        sheets/, log.jsonl, tensorboard/

Where several processes run, started by `accelerate launch`, each does all of this with its part of
every batch; the first one prepares, tells and writes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import diffusers
import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list

from engine.attendance import Progress
from engine.diffusion.blueprint import published
from engine.diffusion.memory import device_for, free_on
from engine.diffusion.sizes import Shapes
from engine.diffusion.weights import Base
from engine.errors import Cancelled
from engine.replacement import replacing
from engine.reservation import alone_in
from engine.training.adapter.base import check_base, load_base, settle
from engine.training.adapter.forecast import Forecast, Scale
from engine.training.adapter.loop import Outcome, train
from engine.training.adapter.pictures import Pictures
from engine.training.adapter.preparation import Preparation
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.rates import measure
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.sharding import shard
from engine.training.adapter.sheets import Sheets
from engine.training.adapter.state import Checkpoints
from engine.training.adapter.student import ADAPTER, Student
from engine.training.adapter.watch import SHEETS, Watcher

RECIPE, PREPARED, CHECKPOINTS = "recipe.toml", "prepared", "checkpoints"
PATIENCE = timedelta(days=1)
"""Processes wait so long for the main one, which encodes the dataset and samples sheets alone; that
it has died is noticed at once, by what started them."""


def foresee(pictures: Pictures, base: Base | None, recipe: Recipe, device: str | None) -> Forecast:
    """What a run takes.

    Args:
        pictures: that it learns from.
        base: None where it is not here yet: then it is taken as it is published.
        recipe: what the run is told.
        device: cuda, mps or cpu; None for the best that is here.

    Raises:
        UnsupportedOption: the device is not here.
        RecipeUnusable: it cannot hold the base model as the recipe wants it, or all samples are
            held out.
        WeightsMissing: something is needed for that.
    """
    processes = processes_on(device)
    count, kind = processes.num_processes, torch.device(processes.device).type
    check_base(base, recipe, kind, count)
    recipe.trained_of(len(pictures.names))
    shapes = published() if base is None else Shapes.of(base)
    size = (pictures.width, pictures.height)
    scale = Scale.of(shapes, recipe, size, len(pictures.names), count)
    dtype = torch.float32 if recipe.precision == "fp32" else torch.bfloat16
    return Forecast(scale, measure(kind, dtype), free_on(kind), kind == "cuda")


def processes_on(device: str | None) -> PartialState:
    """The processes that share a run, as `accelerate` tells each of them.

    Raises:
        UnsupportedOption: the device is not here.
    """
    return PartialState(cpu=device_for(None, device) == "cpu", timeout=PATIENCE)


@dataclass(frozen=True)
class TrainingRun:
    """Everything that a run is about."""

    pictures: Pictures
    base: Base
    recipe: Recipe
    work: Path
    """The run's folder, of this run alone"""
    prompt_from: Path | None = None
    """An adapter that has the prompt encoded; None for the text encoder to do it"""
    device: str | None = None
    """cuda, mps or cpu; None for the best that is here"""

    @property
    def is_main(self) -> bool:
        """Whether this is the process that tells and writes."""
        return bool(self._processes.is_main_process)

    @property
    def latest(self) -> Path | None:
        """The last checkpoint of an earlier run in this folder."""
        return Checkpoints(self.work / CHECKPOINTS, self.recipe.watch.keep).latest()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs out of this one's folder.

        Raises:
            Occupied: another run is at work in it.
            CannotWrite: it cannot be written to.
            Cancelled: in the other processes, where the main one raises.
        """
        with ExitStack() as held:
            self._in_main(lambda: held.enter_context(alone_in(self.work)))
            yield

    def check_prompt(self) -> None:
        """Raise what `prepare` would, where the prompt cannot be encoded; nothing is written."""
        self._preparation.check_prompt()

    def prepare(self, progress: Progress) -> Prepared:
        """Encode what is not encoded yet; see `Preparation.run`. The other processes wait.

        Raises:
            Cancelled: in those, where the main one raises.
        """
        self._in_main(lambda: self._prepare(progress))
        return Prepared(self.work / PREPARED)

    def train(
        self,
        prepared: Prepared,
        progress: Progress,
        is_asked_to_stop: Callable[[], bool],
        resume: bool,
    ) -> Outcome:
        """Train; see `engine.training.adapter.loop.train`.

        Args:
            prepared: what `prepare` gave.
            progress: told every step.
            is_asked_to_stop: asked after every step; then a checkpoint is written.
            resume: go on from the last checkpoint.
        """
        # What diffusers warns of is for its developers; it would stand in the artist's terminal.
        diffusers.utils.logging.set_verbosity_error()
        progress("loading the base model", 0)
        student = Student.adapted(load_base(self.base, self.recipe), self.recipe)
        if self.recipe.base == "sharded":
            shard(student, self._device.type)
        else:
            settle(student.transformer, self.recipe, str(self._device))
        sheets = Sheets(self.base.folder, self.pictures, prepared, student, self.work / SHEETS)
        watcher = Watcher(self.work, self.recipe, sheets, progress, is_asked_to_stop)
        with watcher.watching() as watch:
            return train(student, prepared, self.work / CHECKPOINTS, watch, resume)

    def write(self, outcome: Outcome, place: Path) -> None:
        """Put the adapter that came of it at its place, whole or not at all."""
        place.parent.mkdir(parents=True, exist_ok=True)
        with replacing(place) as partial:
            shutil.copyfile(outcome.checkpoint / ADAPTER, partial)

    def _prepare(self, progress: Progress) -> None:
        self.work.mkdir(parents=True, exist_ok=True)
        (self.work / RECIPE).write_text(self.recipe.toml_text(), encoding="utf-8")
        self._preparation.run(str(self._device), progress)

    def _in_main(self, act: Callable[[], object]) -> None:
        """Do something in the main process; the others wait for it, and end with it."""
        if self.is_main:
            try:
                act()
            except BaseException:
                with suppress(RuntimeError):  # they may have ended as well
                    broadcast_object_list([False])
                raise
        (went_well,) = broadcast_object_list([True])
        if not went_well:
            raise Cancelled

    @cached_property
    def _preparation(self) -> Preparation:
        prompt, prepared = self.recipe.prompt, self.work / PREPARED
        return Preparation(self.pictures, self.base.folder, prompt, self.prompt_from, prepared)

    @property
    def _device(self) -> torch.device:
        return torch.device(self._processes.device)

    @property
    def _processes(self) -> PartialState:
        return processes_on(self.device)
