"""Checkpoints: everything that a run goes on from, so that it goes on as if it had never stopped.

    FOLDER/step-000500/
        state.json                 step, recipe, what it is trained on, the held out losses so far
        adapter.safetensors        what is trained: also the adapter as the engine takes it
        transformer/               only where all of the transformer is trained
        optimizer.safetensors      <state of AdamW>.<parameter>

No file of these runs code when it is read. A folder has its name only when all is in it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from engine.errors import CannotWrite, EngineError
from engine.training.adapter.prepared import Prepared
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.student import Student

STATE, OPTIMIZER = "state.json", "optimizer.safetensors"
NAME = re.compile(r"step-(\d{6,})")
PART = ".part"


class CheckpointUnusable(EngineError):
    """A checkpoint is damaged, or of another recipe or dataset."""

    code = "checkpoint_unusable"


class State(BaseModel):
    """What a checkpoint says of itself."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    format: Literal["layer-bridge/checkpoint"] = "layer-bridge/checkpoint"
    version: Literal[1] = 1
    step: Annotated[int, Field(ge=0)] = 0
    """Steps done"""
    recipe: Recipe
    prepared: str
    """`Prepared.identity`"""
    held_out: Annotated[tuple[float, ...], Field(strict=False)] = ()
    """The held out samples' loss at each checkpoint, this one's last"""
    best: int = 0
    """The checkpoint's step with the least of them"""


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of one run."""

    folder: Path
    keep: int
    """How many of the last stay, beside the best"""

    def latest(self) -> Path | None:
        """The last checkpoint; None where there is none."""
        return max(self._all(), key=_step_of, default=None)

    def at(self, step: int) -> Path:
        """Where the checkpoint of a step lies."""
        return self.folder / f"step-{step:06d}"

    def write(
        self, state: State, student: Student, optimizer: torch.optim.Optimizer, prepared: Prepared
    ) -> Path:
        """Write a checkpoint whole or not at all, and remove those that are no longer kept.

        Raises:
            CannotWrite: there is no room for it, or the place cannot be written to.
        """
        path = self.at(state.step)
        unfinished = path.with_name(path.name + PART)
        try:
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            student.save(unfinished, prepared, _told(state, prepared))
            save_file(_tensors_of(optimizer, student), unfinished / OPTIMIZER)
            (unfinished / STATE).write_text(state.model_dump_json(indent=2), encoding="utf-8")
            shutil.rmtree(path, ignore_errors=True)
            unfinished.replace(path)
        except (OSError, SafetensorError) as error:
            raise CannotWrite(
                f"The checkpoint {path} cannot be written ({error}); make room for it, and go on "
                "from the last one."
            ) from None
        self._forget(state.best)
        return path

    def read(
        self, path: Path, student: Student, optimizer: torch.optim.Optimizer, prepared: Prepared
    ) -> State:
        """Bring a student and its optimizer to where a checkpoint is.

        Raises:
            CheckpointUnusable: it is damaged, or of another recipe or other samples.
        """
        try:
            state = State.model_validate_json((path / STATE).read_bytes())
            _check_same(path, state, student.recipe, prepared)
            student.load(path)
            _restore(optimizer, student, load_file(path / OPTIMIZER))
        except CheckpointUnusable:
            raise
        except (OSError, SafetensorError, ValueError, KeyError, EngineError) as why:
            raise CheckpointUnusable(
                f"The checkpoint {path} is damaged ({str(why).splitlines()[0]}); remove it, and "
                "the run goes on from the one before."
            ) from None
        return state

    def _all(self) -> list[Path]:
        return [path for path in self.folder.glob("step-*") if NAME.fullmatch(path.name)]

    def _forget(self, best: int) -> None:
        for path in sorted(self._all(), key=_step_of)[: -self.keep]:
            if path != self.at(best):
                shutil.rmtree(path, ignore_errors=True)


def _step_of(path: Path) -> int:
    return int(path.name.removeprefix("step-"))


def _told(state: State, prepared: Prepared) -> dict[str, str]:
    """What an adapter says of its training."""
    told = {"recipe": state.recipe.toml_text(), "steps": str(state.step)}
    told["samples"] = str(len(prepared))
    return told | ({"held_out_loss": f"{state.held_out[-1]:.6f}"} if state.held_out else {})


def _tensors_of(optimizer: torch.optim.Optimizer, student: Student) -> dict[str, torch.Tensor]:
    return {
        f"{key}.{name}": tensor.detach().cpu().contiguous()
        for name, parameter in student.parameters().items()
        for key, tensor in optimizer.state[parameter].items()
    }


def _restore(
    optimizer: torch.optim.Optimizer, student: Student, tensors: Mapping[str, torch.Tensor]
) -> None:
    parameters = student.parameters()
    found: dict[str, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        what, _, name = key.partition(".")
        # AdamW counts steps on the processor, and has the rest beside the parameter.
        place = tensor if tensor.ndim == 0 else tensor.to(parameters[name].device)
        found.setdefault(name, {})[what] = place
    for name, state in found.items():
        optimizer.state[parameters[name]] = state


def _check_same(path: Path, state: State, recipe: Recipe, prepared: Prepared) -> None:
    if state.prepared != prepared.identity:
        raise CheckpointUnusable(
            f"The checkpoint {path} was trained on other samples than {prepared.folder} has; go on "
            "with those, or train into another folder."
        )
    before, now = _decisive(state.recipe), _decisive(recipe)
    for name, value in now.items():
        if before[name] != value:
            raise CheckpointUnusable(
                f"The checkpoint {path} was trained with {name} = {before[name]!r}, and the recipe "
                f"says {value!r}; put that back, or train into another folder."
            )


def _decisive(recipe: Recipe) -> dict[str, Any]:
    """What must stay the same in a run: not what changes no number of the steps that are done."""
    free = {"steps", "watch", "gradient_checkpointing"}
    fields = recipe.model_dump(mode="json", exclude=free)
    if recipe.base == "sharded":
        fields["base"] = "bf16"
    tables = {name: table for name, table in fields.items() if isinstance(table, dict)}
    flat = {name: value for name, value in fields.items() if name not in tables}
    flat |= {f"{name}.{key}": table[key] for name, table in tables.items() for key in table}
    if recipe.schedule != "constant":
        flat["steps"] = recipe.steps
    return flat | {"watch.held_out": recipe.watch.held_out}
