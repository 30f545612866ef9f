"""The watch over a run: its log, its curves, its sheets of sampled layers, and what a person sees.

FOLDER/
    log.jsonl       a line for each step: step, losses, seconds, held out loss
    tensorboard/    the same as curves, and the sheets, for TensorBoard
    sheets/         step-001000.png
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TextIO

import numpy as np
from PIL import Image

from engine.attendance import Progress
from engine.errors import Cancelled
from engine.training.adapter.forecast import in_time
from engine.training.adapter.loop import TOTAL, Report
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.sheets import Sheets

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LOG, CURVES, SHEETS = "log.jsonl", "tensorboard", "sheets"
WITHOUT_CURVES = (
    "TensorBoard is not installed, so there are no curves, only log.jsonl; put tensorboard = false "
    "under [watch] into the recipe, or install layer-bridge[training], in layer-bridge's folder: "
    "pipx install --force '.[training]'"
)
RECENT = 100
"""Steps over which the loss and the speed that are told are averaged."""
LINE_EVERY_S = 10.0
"""Seconds from one line of progress to the next."""


def curves_missing(recipe: Recipe) -> str:
    """Why there are no curves though a recipe wants them, and what to do; empty where there are."""
    wanted = recipe.watch.tensorboard and find_spec("tensorboard") is None
    return WITHOUT_CURVES if wanted else ""


class Watcher:
    """Is told every step of a run."""

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        sheets: Sheets,
        progress: Progress,
        is_asked_to_stop: Callable[[], bool],
    ) -> None:
        """Watch a run whose files go to `folder`; `progress` is for the person at the terminal."""
        self._folder, self._recipe, self._sheets = folder, recipe, sheets
        self._progress, self._is_asked_to_stop = progress, is_asked_to_stop
        self._log: TextIO | None = None
        self._curves: SummaryWriter | None = None
        self._recent: deque[Report] = deque(maxlen=RECENT)
        self._line, self._told_at = "", -LINE_EVERY_S

    @contextmanager
    def watching(self) -> Iterator[Watcher]:
        """Close what is written to when the run ends, however it does."""
        try:
            yield self
        finally:
            if self._log is not None:
                self._log.close()
            if self._curves is not None:
                self._curves.close()

    def __call__(self, report: Report) -> None:
        """Be told a step.

        Raises:
            Cancelled: somebody asked for the run to stop.
        """
        if self._log is None:
            self._begin(report.step)
        self._write(report)
        self._tell(report)
        every = self._recipe.watch.sample_every
        if every and report.step % every == 0:
            self._show(report.step)
        if self._is_asked_to_stop():
            raise Cancelled

    def _begin(self, step: int) -> None:
        """Open the log, without what a run that is resumed had done after its checkpoint."""
        path = self._folder / LOG
        # A line that was cut short, when the computer was, has no end.
        lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
        kept = [line for line in lines if json.loads(line)["step"] < step]
        self._log = path.open("w", encoding="utf-8", buffering=1)
        self._log.writelines(f"{line}\n" for line in kept)
        if self._recipe.watch.tensorboard and find_spec("tensorboard"):
            from torch.utils.tensorboard import SummaryWriter

            self._curves = SummaryWriter(str(self._folder / CURVES), purge_step=step)

    def _write(self, report: Report) -> None:
        assert self._log is not None
        figures = {**report.losses, "seconds": report.seconds}
        if report.held_out is not None:
            figures["held_out"] = report.held_out
        self._log.write(json.dumps({"step": report.step, **figures}) + "\n")
        if self._curves is not None:
            for name, value in figures.items():
                title = name if name == "seconds" else f"loss/{name}"
                self._curves.add_scalar(title, value, report.step)

    def _tell(self, report: Report) -> None:
        self._recent.append(report)
        now = monotonic()
        if now - self._told_at >= LINE_EVERY_S or report.step == self._recipe.steps:
            self._told_at, self._line = now, self._sentence(report.step)
        self._progress(self._line, report.step / self._recipe.steps)

    def _sentence(self, step: int) -> str:
        loss = np.mean([report.losses[TOTAL] for report in self._recent])
        seconds = float(np.mean([report.seconds for report in self._recent]))
        left = in_time((self._recipe.steps - step) * seconds)
        return (
            f"step {step} of {self._recipe.steps}, loss {loss:.4f}, {in_time(seconds)} a step, "
            f"{left} left"
        )

    def _show(self, step: int) -> None:
        def sampling(stage: str, done: float) -> None:
            self._progress(stage, step / self._recipe.steps)
            if self._is_asked_to_stop():
                raise Cancelled

        path = self._sheets.write(step, sampling)
        if self._curves is not None:
            sheet = np.asarray(Image.open(path).convert("RGB"))
            self._curves.add_image("layers", sheet, step, dataformats="HWC")
