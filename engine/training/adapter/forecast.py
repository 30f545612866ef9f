"""The forecast: what a run takes of memory, time and disk, before anything of it is begun.

Everything is added up from the shapes of the base model, the recipe and the size of the pictures;
only how fast the device multiplies is measured, for a second.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from engine.diffusion.fitting import STEP
from engine.diffusion.frames import FRAME_ORDER
from engine.diffusion.memory import AT_ONCE, BF16, FLOAT32, SPARE, VAE_ACTIVATIONS, Demand, Memory
from engine.diffusion.plans import Plan
from engine.diffusion.receipt import in_words
from engine.diffusion.sizes import BLOCKS, Shapes, Sizes
from engine.errors import CannotWrite, OutOfMemory
from engine.training.adapter.base import PLANS, Form
from engine.training.adapter.loop import HELD_OUT_SIGMAS
from engine.training.adapter.rates import Rates
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.sheets import STEPS, shown

PROMPT_TOKENS = 32
"""About what the fixed prompt comes to; next to a frame's thousands it does not matter."""
WITHIN_A_BLOCK = 29
"""Hidden states of all tokens, in bfloat16, that one block's gradient needs: 2.9 and 3.4 GiB for
the 17 280 and 20 736 tokens of 768 x 1152 pixels in the two layouts."""
TRAINED = 4 * FLOAT32
"""Bytes of a number that is trained: itself, its gradient, and AdamW's two means."""
STORED = 3 * FLOAT32
"""Bytes of it in a checkpoint."""
LATENT_FACTOR, LATENT_CHANNELS = 8, 16
"""Pixels a side, and channels, of a number of the VAE's latents."""
SHEET = 3_000_000
"""Bytes of a sheet of sampled layers, roughly."""
LINEAR_PASSES, ATTENTION_PASSES = 2.0, 3.5
"""What a step computes, in forward passes: attention's gradient takes 2.5, as its kernels compute
the scores again, and that of the linear maps 1, as the frozen weights get none."""
TERA = 10**12


@dataclass(frozen=True)
class Scale:
    """How large a run is."""

    sizes: Sizes
    """With the LoRA of the recipe"""
    recipe: Recipe
    width: int
    height: int
    """Pixels of each picture"""
    samples: int
    processes: int
    """That share each batch, each with a graphics card"""

    @classmethod
    def of(
        cls, shapes: Shapes, recipe: Recipe, size: tuple[int, int], samples: int, processes: int
    ) -> Scale:
        """Add up the shapes of the base model; `size` is width and height."""
        sizes = Sizes.of_shapes(shapes, _lora_numbers(shapes, recipe))
        return cls(sizes, recipe, *size, samples, processes)

    @property
    def tokens(self) -> int:
        """Of all frames of a sample, and its prompt."""
        frame = self.width * self.height // STEP**2
        return (self.recipe.layout.targets + 1) * frame + PROMPT_TOKENS

    @property
    def at_once(self) -> int:
        """Samples that a device learns from in a step."""
        return max(1, self.recipe.batch // self.processes)

    @property
    def trained(self) -> int:
        """Numbers that are trained."""
        return self.sizes.lora + len(FRAME_ORDER) * self.sizes.channels

    def weights(self, base: Form) -> int:
        """Bytes of the base's weights that the device holds at most, in one form or another."""
        sizes, plan = self.sizes, PLANS[base]
        weights = Demand(replace(sizes, lora=0), 0, 0).weights(plan)
        if self.recipe.precision == "fp32" and plan is Plan.RESIDENT:
            weights = weights // BF16 * FLOAT32
        if base == "fp8":  # the block whose gradient is computed, widened
            weights += BF16 * sizes.block_matrices // max(1, sizes.blocks)
        if base == "sharded":  # and the blocks that are gathered
            weights = weights // self.processes + AT_ONCE * weights // max(1, sizes.blocks)
        return weights

    def memory(self, base: Form) -> int:
        """Bytes that the device needs, with the base's weights in a form."""
        sizes, recipe = self.sizes, self.recipe
        state = (FLOAT32 if recipe.precision == "fp32" else BF16) * sizes.channels * self.tokens
        blocks = 1 if recipe.gradient_checkpointing else sizes.blocks
        learning = (sizes.blocks + WITHIN_A_BLOCK * blocks) * state * self.at_once
        pixels = self.width * self.height
        decoding = VAE_ACTIVATIONS * FLOAT32 * sizes.vae_channels * pixels
        # Sheets are decoded between two steps, by a VAE that is there for them alone.
        working = max(learning, decoding + FLOAT32 * sizes.vae)
        return self.weights(base) + TRAINED * self.trained + working + SPARE

    @property
    def linear(self) -> float:
        """Operations of the linear maps in a forward pass of one sample: 24 C^2 a token and block.

        A multiplication and an addition each in the attention's 4 C^2 and the two linear maps of
        4 C^2 behind it.
        """
        return 24 * self.sizes.channels**2 * self.sizes.blocks * self.tokens

    @property
    def attention(self) -> float:
        """Operations of the attention in a forward pass of one sample: 4 S^2 C a block."""
        return 4 * self.tokens**2 * self.sizes.channels * self.sizes.blocks

    @property
    def disk(self) -> int:
        """Bytes of all that a run writes: latents, checkpoints, sheets, and the adapter."""
        watch = self.recipe.watch
        frame = LATENT_CHANNELS * self.width * self.height // LATENT_FACTOR**2
        latents = self.samples * (1 + len(FRAME_ORDER)) * frame * FLOAT32
        # The last ones, the best, and the one that is being written.
        checkpoints = (watch.keep + 2) * STORED * self.trained
        return latents + checkpoints + FLOAT32 * self.trained + self.sheets * SHEET

    @property
    def sheets(self) -> int:
        """How many times layers are sampled."""
        every = self.recipe.watch.sample_every
        return self.recipe.steps // every if every else 0


@dataclass(frozen=True)
class Forecast:
    """What a run takes."""

    scale: Scale
    rates: Rates
    free: Memory
    """What is free where it learns"""
    on_device: bool
    """Whether that is a graphics card's memory"""

    @property
    def memory(self) -> int:
        """Bytes that are needed where it learns."""
        return self.scale.memory(self.scale.recipe.base)

    @property
    def forward_s(self) -> float:
        """Seconds of a forward pass of one sample."""
        return self._seconds(1, 1)

    @property
    def step_s(self) -> float:
        """Seconds of a step."""
        again = 1 if self.scale.recipe.gradient_checkpointing else 0
        one = self._seconds(LINEAR_PASSES + again, ATTENTION_PASSES + again)
        return one * self.scale.at_once

    @property
    def total_s(self) -> float:
        """Seconds of the whole run, with its sheets and what is held out."""
        recipe, scale = self.scale.recipe, self.scale
        sampled = shown(recipe, scale.samples) * STEPS * scale.sheets
        asked = recipe.watch.held_out * len(HELD_OUT_SIGMAS)
        asked *= recipe.steps // recipe.watch.checkpoint_every
        return recipe.steps * self.step_s + (sampled + asked) * self.forward_s

    def check(self, work: Path) -> None:
        """Refuse a run that does not fit.

        Args:
            work: the run's folder, which need not be there.

        Raises:
            OutOfMemory: a graphics driver would move what does not fit into main memory, and a step
                of seconds would take minutes.
            CannotWrite: the disk has no room.
        """
        if self.memory > self.free.device:
            raise OutOfMemory(self._refusal())
        existing = next(place for place in (work, *work.absolute().parents) if place.exists())
        left = shutil.disk_usage(existing).free
        if left < self.scale.disk:
            raise CannotWrite(
                f"The run writes {in_words(self.scale.disk)} to {work} and {in_words(left)} are "
                "free; make room there, or choose another folder with --work."
            )

    def __str__(self) -> str:
        scale, recipe = self.scale, self.scale.recipe
        operations = (self.scale.linear + self.scale.attention) / TERA
        steps = counted(recipe.steps, "step")
        shared = f", shared by {scale.processes} processes" if scale.processes > 1 else ""
        return "\n".join(
            f"{title:<8}{words}"
            for title, words in {
                "data": f"{counted(scale.samples, 'sample')} of {scale.width} x {scale.height}, "
                f"{recipe.watch.held_out} of them held out, {scale.tokens} tokens each{shared}",
                "trains": f"{scale.trained / 10**6:.1f} million numbers",
                "memory": f"{in_words(self.memory)} of {self._where} (base = {recipe.base!r}), "
                f"{in_words(self.free.device)} are free",
                "time": f"{in_time(self.step_s)} a step ({operations:.3g} TFLOP a pass; measured: "
                f"{self.rates}), {in_time(self.total_s)} for {steps}, or more",
                "disk": in_words(scale.disk),
            }.items()
        )

    def as_json(self) -> dict[str, float]:
        """For `--json`: bytes and seconds."""
        return {
            "memory": self.memory,
            "free": self.free.device,
            "step_seconds": self.step_s,
            "total_seconds": self.total_s,
            "disk": self.scale.disk,
        }

    def _seconds(self, linear: float, attention: float) -> float:
        scale, rates = self.scale, self.rates
        return linear * scale.linear / rates.linear + attention * scale.attention / rates.attention

    @property
    def _where(self) -> str:
        return "graphics memory" if self.on_device else "main memory"

    def _refusal(self) -> str:
        needs = {
            form: self.scale.memory(form)
            for form in PLANS
            if form != "sharded" or self.scale.processes > 1
        }
        said = ", ".join(f"{in_words(need)} with base = {kind!r}" for kind, need in needs.items())
        return (
            f"Training as the recipe says needs {in_words(self.memory)} of {self._where}, and "
            f"{in_words(self.free.device)} are free (it needs {said}); close other programs, or "
            "change base, gradient_checkpointing or batch in the recipe, or build the dataset "
            "smaller."
        )


def in_time(seconds: float) -> str:
    """A span of time as a person reads it: 0.24 s, 8.1 s, 12 min, 40 h."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"


def counted(count: int, noun: str) -> str:
    """How many there are as a person reads it: 1 step, 2 steps."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _lora_numbers(shapes: Shapes, recipe: Recipe) -> int:
    """How many numbers the recipe's LoRA has: r (in + out) for each matrix that it is added to."""
    ends = tuple(f".{target}.weight" for target in recipe.lora.targets)
    return sum(
        recipe.lora.rank * sum(one.shape)
        for one in shapes.transformer
        if one.name.startswith(BLOCKS) and one.name.endswith(ends) and len(one.shape) == 2
    )
