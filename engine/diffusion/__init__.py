"""The diffusion engine: Qwen-Image-Layered with layer semantic embeddings and a LoRA.

The order of the work: `fitting` brings the canvas to the model's size, `model` (`latents`,
`sampler`) makes its layers, `lifting` brings those to the canvas's resolution. The model is made of
the base model's `checkpoint` and an `adapter` (`embedding`, `rope`, LoRA); `weights` knows where
both lie. `plans` are the ways in which they can lie in memory, `memory` chooses the one that fits,
`placement` carries it out. `speed` is what the quality leaves out, and `warm` keeps the model from
one picture to the next. Torch is imported when the first picture comes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from engine.attendance import Progress
from engine.base import Engine
from engine.diffusion.settings import OPTIONS, Settings
from engine.layers import ModelOutput, Proposal, Rgba
from engine.options import Option, Options, OptionValue

if TYPE_CHECKING:
    from engine.diffusion.warm import WarmModel

LIFTING = 0.1
"""The part of a proposal's progress that bringing the layers to the canvas takes."""


class DiffusionEngine(Engine):
    """The paper's model, kept in memory from its first picture on."""

    name: ClassVar[str] = "diffusion"
    options: ClassVar[tuple[Option, ...]] = OPTIONS

    def __init__(
        self, device: str | None = None, adapter: Path | None = None, **chosen: OptionValue
    ) -> None:
        """See `Engine`.

        Args:
            device: cuda, mps or cpu; the best that is here if None.
            adapter: the adapter's file; the one that the artist chose if None.
            chosen: values of `options`.
        """
        super().__init__(**chosen)
        self._device = device
        self._adapter = adapter
        self._warm: WarmModel | None = None
        # A cancelled job may still be in its last step when the next begins.
        self._in_use = Lock()

    def check_ready(self) -> None:
        """See `Engine.check_ready`."""
        from engine.diffusion.weights import find_weights

        find_weights(self._adapter)

    def outlook(self) -> str:
        """See `Engine.outlook`: the memory plan."""
        from engine.diffusion.memory import outlook
        from engine.diffusion.weights import find_weights

        return outlook(find_weights(self._adapter), Settings.of(self.defaults), self._device)

    def unload(self) -> None:
        """See `Engine.unload`; waits for a step that is under way."""
        with self._in_use:
            if self._warm is not None:
                self._warm.unload()

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        """See `Engine.propose`; what it raises, `WarmModel.layers_of` lists."""
        from engine.diffusion.fitting import fit
        from engine.diffusion.lifting import lift
        from engine.diffusion.warm import WarmModel

        picture, placed = fit(rgba)
        with self._in_use:
            self._warm = self._warm or WarmModel(self._device, self._adapter)
            layers = self._warm.layers_of(
                picture,
                Settings.of(options),
                lambda stage, done: progress(stage, (1 - LIFTING) * done),
            )
        proposal = lift(
            layers, placed, rgba, lambda done: progress("lifting", 1 - LIFTING * (1 - done))
        )
        said = {role: placed.cut(layer) for role, layer in layers.items()}
        return replace(proposal, model_output=ModelOutput(placed.cut(picture), said))
