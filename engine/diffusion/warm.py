"""The warm model: loaded for one picture under the plan that fits, and kept for the next."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import diffusers
import numpy as np
from numpy.typing import NDArray

from engine.attendance import Progress
from engine.diffusion import plans
from engine.diffusion.adapter import read_info
from engine.diffusion.fitting import STEP
from engine.diffusion.frames import FrameLayout
from engine.diffusion.model import Model
from engine.diffusion.placement import ON_PROCESSOR, Placement, free_memory, ran_out
from engine.diffusion.plans import Demand, Plan
from engine.diffusion.sampler import Run
from engine.diffusion.settings import Settings
from engine.diffusion.sizes import Sizes
from engine.diffusion.weights import Weights, find_weights
from engine.errors import OutOfMemory
from engine.layers import LayerRole

logger = logging.getLogger(__name__)

Layers = dict[LayerRole, NDArray[np.float32]]


@dataclass(frozen=True)
class _Wish:
    """What a model is loaded for; for another it is loaded anew."""

    weights: Weights
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
            return self._sampled(picture, settings, plans.rungs(wish.plan, wish.device), progress)
        except Exception as error:
            if not ran_out(error):
                raise
        # Not in the handler: the error's traceback would keep the memory.
        lower = self._step_down(progress)
        try:
            return self._sampled(picture, settings, lower, progress)
        except Exception as error:
            if not ran_out(error):
                raise
        self.unload()
        raise OutOfMemory(_twice(self._placement.plan))

    def _wish_for(self, settings: Settings) -> _Wish:
        on_processor = settings.plan is Plan.CPU
        device = "cpu" if on_processor else plans.device_of(self._device)
        return _Wish(find_weights(self._adapter), settings.plan, device)

    def _sampled(
        self,
        picture: NDArray[np.float32],
        settings: Settings,
        candidates: tuple[Plan, ...],
        progress: Progress,
    ) -> Layers:
        model = self._loaded(picture.shape, settings, candidates, progress)
        model.hasten(settings.speed)
        run = Run(settings.speed.steps, settings.seed, settings.guidance)
        return model.layers_of(picture, run, progress)

    def _loaded(
        self,
        shape: tuple[int, ...],
        settings: Settings,
        candidates: tuple[Plan, ...],
        progress: Progress,
    ) -> Model:
        """The model under the first candidate that fits, or under the plan that it has already."""
        assert self._wish is not None
        weights, device = self._wish.weights, self._wish.device
        demand = _demand(weights, shape, settings)
        plan = self._placement.plan
        if self._model is None:
            plan = plans.first_that_fits(candidates, demand, plans.free_on(device))
        placement = Placement.of(plan, device, settings.speed)
        if self._model is None or placement != self._placement:
            self.unload()
            self._placement = placement
            progress(f"loading the model ({demand.sentence(plan)})", 0)
            self._model = Model.load(
                weights.base, weights.adapter, weights.transformer_file, placement
            )
        return self._model

    def _step_down(self, progress: Progress) -> tuple[Plan, ...]:
        """The plans below the one that ran out of memory, whose model is given back."""
        self.unload()
        failed, device = self._placement.plan, self._placement.device
        lower = plans.below(failed, device)
        if not lower:
            raise OutOfMemory(_lowest(failed))
        logger.warning("Memory ran out in the plan %s; the next below it is tried.", failed)
        progress("memory ran out, going on in less", 0)
        return lower


def _demand(weights: Weights, shape: tuple[int, ...], settings: Settings) -> Demand:
    layout = read_info(weights.adapter).layout
    if settings.speed.layers_only:
        layout = FrameLayout.LAYERS
    pixels = shape[0] * shape[1]
    tokens = (layout.targets + 1) * pixels // STEP**2
    return Demand(Sizes.of(weights), pixels, tokens, weights.transformer_file is not None)


def _lowest(plan: Plan) -> str:
    return (
        f"Memory ran out under the memory plan {plans.WORDS[plan]}, and none here needs less; "
        "close other programs and try again, or take the builtin engine."
    )


def _twice(plan: Plan) -> str:
    return (
        f"Memory ran out twice, at last under the memory plan {plans.WORDS[plan]}; close other "
        "programs and try again, or take the builtin engine."
    )
