"""The model: the base model as the adapter made it, from a picture to its layers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.attendance import Progress
from engine.base import silent
from engine.diffusion.adapter import Adapter, attach, read_adapter, use_layout
from engine.diffusion.checkpoint import Checkpoint, load_checkpoint
from engine.diffusion.fitting import STEP
from engine.diffusion.frames import FRAME_ORDER, FrameLayout
from engine.diffusion.latents import PATCH, cleaned, decode, encode, to_vae
from engine.diffusion.placement import ON_PROCESSOR, Placement, not_numbers, place
from engine.diffusion.sampler import Prompts, Run, sample
from engine.diffusion.speed import Speed, hasten
from engine.errors import EngineError, UnsupportedOption
from engine.layers import LayerRole

ENCODING, DECODING = 0.02, 0.05
"""The parts of the work that the VAE takes before and after the sampling."""


class Model:
    """Base model and adapter, ready to decompose."""

    def __init__(self, checkpoint: Checkpoint, adapter: Adapter) -> None:
        """Make `checkpoint` the adapter's.

        Raises:
            WeightsUnusable: they do not belong together.
        """
        attach(checkpoint.transformer, adapter)
        self._transformer = checkpoint.transformer.eval().requires_grad_(False)
        self._vae = checkpoint.vae.eval().requires_grad_(False)
        self._scheduler = checkpoint.scheduler
        self._prompts = Prompts(adapter.prompt, adapter.negative)
        self._trained_layout = self._layout = adapter.info.layout
        self._placement = ON_PROCESSOR

    @classmethod
    def load(
        cls,
        base: Path,
        adapter: Path,
        transformer_file: Path | None = None,
        placement: Placement = ON_PROCESSOR,
        dtype: torch.dtype = torch.bfloat16,
    ) -> Model:
        """Load a model from its files to where it is to be; see `load_checkpoint`.

        Raises:
            WeightsUnusable: what lies there is not such a model.
        """
        adaption = read_adapter(adapter)
        checkpoint = load_checkpoint(base, transformer_file, dtype, placement.quantization)
        model = cls(checkpoint, adaption)
        model.place(placement)
        return model

    def place(self, placement: Placement) -> None:
        """Bring it, as it came from its files, where it is to be."""
        place(self._transformer, placement)
        self._vae.to(placement.device)
        self._placement = placement
        if placement.plan.streams:
            self._rehearse()

    def _rehearse(self) -> None:
        """Sample one step of next to nothing.

        In the first pass diffusers learns in which order streamed blocks come, and then it loses
        the cache's hooks: the first picture would be another than the next with the same seed.
        """
        # Not with a kernel that diffusers would take over from the model before.
        self.hasten(Speed(steps=1))
        nothing = torch.zeros(1, self._vae.config["z_dim"], PATCH, PATCH)
        sample(
            self._transformer,
            self._scheduler,
            nothing,
            self._prompts,
            self._layout,
            Run(steps=1),
            silent,
        )

    def hasten(self, speed: Speed) -> None:
        """Sample the next pictures so; fused and compiled it was when it was placed, or is not."""
        self._layout = FrameLayout.LAYERS if speed.layers_only else self._trained_layout
        use_layout(self._transformer, self._layout)
        hasten(self._transformer, speed, self._placement.device)

    @torch.no_grad()
    def layers_of(
        self, picture: NDArray[np.float32], run: Run, report: Progress
    ) -> dict[LayerRole, NDArray[np.float32]]:
        """Decompose a picture of the model's size.

        Args:
            picture: (h, w, 4) straight alpha, 0 to 1; h and w multiples of 16.
            run: how to sample.
            report: told every step and each decoded layer; may raise `Cancelled`.

        Returns:
            For each role (h, w, 4) straight alpha, 0 to 1; colour under alpha 0 is 0.

        Raises:
            UnsupportedOption: guidance, but the adapter has no negative prompt.
            WeightsUnusable: the weights hold what is no number.
            EngineError: the model's numbers overflowed.
        """
        if run.guidance > 1 and self._prompts.negative is None:
            raise UnsupportedOption(
                "This adapter was trained without a negative prompt; turn Guidance off (1)."
            )
        if any(side % STEP for side in picture.shape[:2]):
            raise ValueError(f"not a multiple of {STEP}: {picture.shape}")
        report("reading the picture", 0)
        latents = sample(
            self._transformer,
            self._scheduler,
            encode(self._vae, to_vae(picture)),
            self._prompts,
            self._layout,
            run,
            lambda stage, done: report(stage, ENCODING + (1 - ENCODING - DECODING) * done),
        )
        self._check_finite(latents)
        layers = {}
        for index, (role, frame) in enumerate(zip(FRAME_ORDER, latents, strict=True)):
            report("decoding", 1 - DECODING * (1 - index / len(FRAME_ORDER)))
            decoded = decode(self._vae, frame[None])
            self._check_finite(decoded)
            layers[role] = cleaned(decoded)
        return layers

    def _check_finite(self, made: Tensor) -> None:
        if torch.isfinite(made).all():
            return
        for name, weight in self._weights():
            if not torch.isfinite(weight).all():
                raise not_numbers(name)
        raise EngineError(
            "The model's numbers overflowed (NaN), so there are no layers; try again with Quality "
            "set to Paper, and if that fails, check the weights with `layer-bridge models verify`."
        )

    def _weights(self) -> Iterator[tuple[str, Tensor]]:
        """Everything that was loaded and can hold what is no number: those of 4 bits cannot."""
        yield "the encoded prompt", self._prompts.positive
        if self._prompts.negative is not None:
            yield "the encoded negative prompt", self._prompts.negative
        for part in (self._transformer, self._vae):
            for name, weight in part.named_parameters():
                if weight.is_floating_point():
                    # PyTorch cannot ask 8 bits.
                    yield name, weight.bfloat16() if weight.itemsize == 1 else weight
