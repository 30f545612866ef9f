"""The warm model: loaded for one picture under the plan that fits, and kept for the next."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import diffusers
import numpy as np
from numpy.typing import NDArray

from engine.attendance import Progress
from engine.diffusion import memory
from engine.diffusion.memory import Demand
from engine.diffusion.model import Model
from engine.diffusion.placement import ON_PROCESSOR, Placement, free_memory, ran_out
from engine.diffusion.plans import WORDS, Plan, below, rungs
from engine.diffusion.sampler import Run
from engine.diffusion.settings import Settings
from engine.diffusion.speed import Speed
from engine.diffusion.weights import Weights, base_files, find_weights
from engine.errors import OutOfMemory
from engine.layers import LayerRole

logger = logging.getLogger(__name__)

Layers = dict[LayerRole, NDArray[np.float32]]


@dataclass(frozen=True)
class _Wish:
    """What a model is loaded for; for another it is loaded anew."""

    weights: Weights
    written: tuple[int, ...]
    """When each file was, in nanoseconds: training and pulls write others of the same names"""
    plan: Plan | None
    device: str


class WarmModel:
    """The model between two pictures. Not for two threads at once."""

    def __init__(self, device: str | None, adapter: Path | None = None) -> None:
        """Compute on `device`, on the best that is here if None; nothing is loaded yet.

        `adapter` is the file of another than the chosen one.
        """
        # What diffusers warns of is for its developers; it would stand in the artist's terminal.
        diffusers.utils.logging.set_verbosity_error()
        self._device = device
        self._adapter = adapter
        self._wish: _Wish | None = None
        self._placement = ON_PROCESSOR
        self._model: Model | None = None

    def unload(self) -> None:
        """Give back what the model takes."""
        if self._model is not None:
            self._model = None
            free_memory()

    def layers_of(
        self, picture: NDArray[np.float32], settings: Settings, progress: Progress
    ) -> Layers:
        """Decompose a picture of the model's size; see `Model.layers_of`.

        If memory runs out, it tries once again under the next plan that needs less.

        Raises:
            WeightsMissing: they are not on this machine, or a package that the plan needs is not.
            WeightsUnusable: they are damaged, or do not belong together.
            OutOfMemory: no plan fits what is free, or it ran out twice.
            UnsupportedOption: the device is not here, or cannot do what was chosen.
        """
        wish = self._wish_for(settings)
        if wish != self._wish:
            self.unload()
            self._wish = wish
        try:
            return self._sampled(picture, settings, rungs(wish.plan, wish.device), progress)
        except Exception as error:
            if not ran_out(error):
                raise
        # Not in the handler: the error's traceback would keep the memory.
        lower = self._step_down(progress)
        try:
            return self._sampled(picture, settings, lower, self._in_less(progress))
        except Exception as error:
            if not ran_out(error):
                raise
        self.unload()
        raise OutOfMemory(_twice(self._placement.plan))

    def _wish_for(self, settings: Settings) -> _Wish:
        device = memory.device_for(settings.plan, self._device)
        weights = find_weights(self._adapter)
        files = [weights.adapter, *base_files(weights.base, weights.transformer_file)]
        written = tuple(file.stat().st_mtime_ns for file in files)
        return _Wish(weights, written, settings.plan, device)

    def _sampled(
        self,
        picture: NDArray[np.float32],
        settings: Settings,
        candidates: tuple[Plan, ...],
        progress: Progress,
    ) -> Layers:
        model = self._loaded(picture.shape, settings.speed, candidates, progress)
        model.hasten(settings.speed)
        run = Run(settings.speed.steps, settings.seed, settings.guidance)
        return model.layers_of(picture, run, progress)

    def _loaded(
        self,
        shape: tuple[int, ...],
        speed: Speed,
        candidates: tuple[Plan, ...],
        progress: Progress,
    ) -> Model:
        """The model as it is where that will do, else under the first candidate that fits."""
        assert self._wish is not None
        weights, device = self._wish.weights, self._wish.device
        demand = Demand.of(weights, speed, shape[0] * shape[1])
        if self._model is not None and self._will_do(speed, demand):
            progress(f"using the model in memory ({demand.sentence(self._placement.plan)})", 0)
            return self._model
        self.unload()
        plan = memory.first_that_fits(candidates, demand, memory.free_on(device))
        self._placement = Placement.of(plan, device, speed)
        progress(f"loading the model ({demand.sentence(plan)})", 0)
        self._model = Model.load(
            weights.base, weights.adapter, weights.transformer_file, self._placement
        )
        return self._model

    def _will_do(self, speed: Speed, demand: Demand) -> bool:
        """Whether the model was placed for that speed, and what it works with is still free."""
        plan, device = self._placement.plan, self._placement.device
        if self._placement != Placement.of(plan, device, speed):
            return False
        return memory.free_on(device).holds(demand.working(plan))

    def _step_down(self, progress: Progress) -> tuple[Plan, ...]:
        """The plans below the one that ran out of memory, whose model is given back."""
        self.unload()
        failed = self._placement.plan
        lower = below(failed, self._placement.device)
        if not lower:
            raise OutOfMemory(_lowest(failed))
        logger.warning(
            "Memory ran out under the memory plan %s; the picture is made under the next that fits",
            WORDS[failed],
        )
        progress("memory ran out, going on in less", 0)
        return lower

    def _in_less(self, progress: Progress) -> Progress:
        """Progress that says with each stage under which plan it goes on."""

        def tell(stage: str, done: float) -> None:
            progress(f"{stage}, in {WORDS[self._placement.plan]} as memory ran out", done)

        return tell


def _lowest(plan: Plan) -> str:
    return (
        f"Memory ran out under the memory plan {WORDS[plan]}, and none here needs less; "
        "close other programs and try again, or take the builtin engine."
    )


def _twice(plan: Plan) -> str:
    return (
        f"Memory ran out twice, at last under the memory plan {WORDS[plan]}; close other "
        "programs and try again, or take the builtin engine."
    )
