"""The diffusion engine: Qwen-Image-Layered with layer semantic embeddings and a LoRA.

The order of the work: `fitting` brings the canvas to the model's size, `model` (`latents`,
`sampler`) makes its layers, `lifting` brings those to the canvas's resolution. The model is made of
the base model's `checkpoint` and an `adapter` (`embedding`, `rope`, LoRA); `weights` knows where
both lie. Torch is imported when the first picture comes.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from engine.attendance import Progress
from engine.base import Engine
from engine.diffusion.settings import OPTIONS, Settings
from engine.layers import Proposal, Rgba
from engine.options import Option, Options, OptionValue

if TYPE_CHECKING:
    from engine.diffusion.model import Model
    from engine.diffusion.weights import Weights

LIFTING = 0.1
"""The part of a proposal's progress that bringing the layers to the canvas takes."""


class DiffusionEngine(Engine):
    """The paper's model, kept in memory from its first picture on."""

    name: ClassVar[str] = "diffusion"
    options: ClassVar[tuple[Option, ...]] = OPTIONS

    def __init__(self, **chosen: OptionValue) -> None:
        """See `Engine`."""
        super().__init__(**chosen)
        self._model: Model | None = None
        self._weights: Weights | None = None
        # A cancelled job may still be in its last step when the next begins.
        self._in_use = Lock()

    @classmethod
    def readiness(cls) -> str:
        """See `Engine.readiness`."""
        from engine.diffusion.weights import missing

        return missing()

    def unload(self) -> None:
        """See `Engine.unload`; waits for a step that is under way."""
        with self._in_use:
            self._forget()

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        """See `Engine.propose`.

        Raises:
            WeightsMissing: they are not on this machine.
            WeightsUnusable: they are damaged, or do not belong together.
        """
        from engine.diffusion.fitting import fit
        from engine.diffusion.lifting import lift
        from engine.diffusion.sampler import Run

        settings = Settings.of(options)
        run = Run(settings.steps, settings.seed, settings.guidance)
        with self._in_use:
            model = self._warm(progress)
            picture, placed = fit(rgba)
            layers = model.layers_of(
                picture, run, lambda stage, done: progress(stage, (1 - LIFTING) * done)
            )
        return lift(
            layers, placed, rgba, lambda done: progress("lifting", 1 - LIFTING * (1 - done))
        )

    def _warm(self, progress: Progress) -> Model:
        """The model; loaded unless it is there already, of the weights that are chosen now."""
        from engine.diffusion.model import Model, best_device
        from engine.diffusion.weights import find_weights

        weights = find_weights()
        if self._model is None or weights != self._weights:
            progress("loading the model", 0)
            self._forget()
            self._model = Model.load(
                weights.base, weights.adapter, weights.transformer_file, best_device()
            )
            self._weights = weights
        return self._model

    def _forget(self) -> None:
        if self._model is not None:
            from engine.diffusion.model import free_memory

            self._model = None
            free_memory()
