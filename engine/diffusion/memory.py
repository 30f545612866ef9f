"""Memory: what each plan needs of it, what is free, and which plan fits.

A graphics driver that runs out of memory may move it to the main memory without a word, and a
picture of two minutes takes eight hours. So it is added up before anything is loaded: the weights
from the numbers that their files' headers declare, the rest in proportion to tokens and pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil

from engine.diffusion.adapter import read_info
from engine.diffusion.fitting import AREA, STEP
from engine.diffusion.frames import FrameLayout
from engine.diffusion.pinning import UNUSED
from engine.diffusion.plans import WORDS, Plan, rungs
from engine.diffusion.receipt import in_words
from engine.diffusion.settings import Settings
from engine.diffusion.sizes import Sizes
from engine.diffusion.speed import Speed
from engine.diffusion.weights import Weights
from engine.errors import OutOfMemory, UnsupportedOption, WeightsMissing

BF16, FP8, FLOAT32 = 2, 1, 4
"""Bytes of a number."""
NF4 = 0.5 + FLOAT32 / 64
"""Bytes of a number in 4 bits, with its part in the scale of 64."""
AT_ONCE = 2
"""Blocks on the card when they are streamed: the one that computes and the one that comes."""
ACTIVATIONS = 14
"""Hidden states of all tokens, in bfloat16, that live at once within a block: 1.65 GiB for the
20 736 tokens of 768 x 1152 pixels and six frames of 3072 channels."""
VAE_ACTIVATIONS = 7
"""The same for the VAE's decoder, of all pixels, in float32: 2.2 GiB at 768 x 1152."""
SPARE = 700_000_000
"""Bytes for what libraries take, and for gaps between tensors."""


@dataclass(frozen=True)
class Memory:
    """Bytes of a device's own memory and of the main memory: what is free, or what is needed."""

    device: int
    main: int

    def __add__(self, other: Memory) -> Memory:
        return Memory(self.device + other.device, self.main + other.main)

    def holds(self, other: Memory) -> bool:
        """Whether that much fits in."""
        return other.device <= self.device and other.main <= self.main


@dataclass(frozen=True)
class Demand:
    """What is to be held, and for how large a frame."""

    sizes: Sizes
    pixels: int
    tokens: int
    """Of all frames, the condition's too"""
    one_file: bool = False
    """Whether the transformer lies in one file, not in the base model's folder"""

    @classmethod
    def of(cls, weights: Weights, speed: Speed, pixels: int = AREA) -> Demand:
        """What these weights come to; reads their headers alone.

        Raises:
            WeightsUnusable: a header or a configuration does not say what it should.
        """
        layout = read_info(weights.adapter).layout
        if speed.layers_only:
            layout = FrameLayout.LAYERS
        tokens = (layout.targets + 1) * pixels // STEP**2
        return cls(Sizes.of(weights), pixels, tokens, weights.transformer_file is not None)

    def weights(self, plan: Plan) -> int:
        """Bytes of the transformer's weights and of the adapter's."""
        sizes = self.sizes
        matrix = FP8 if plan.has_8_bits else NF4 if plan is Plan.NF4 else BF16
        rest = sizes.block_rest + sizes.outside + (0 if plan.has_8_bits else sizes.lora)
        return ceil(matrix * sizes.block_matrices) + BF16 * rest

    def memory(self, plan: Plan) -> Memory:
        """What a plan needs, from loading to the last decoded layer."""
        return self._loaded(plan) + self.working(plan)

    def working(self, plan: Plan) -> Memory:
        """What of that a model takes for each picture, and gives back after it."""
        sampling = ACTIVATIONS * BF16 * self.sizes.channels * self.tokens
        decoding = VAE_ACTIVATIONS * FLOAT32 * self.sizes.vae_channels * self.pixels
        # Layers are decoded when all are sampled, so the two never live at once.
        activations = max(sampling, decoding)
        if plan is Plan.CPU:
            return Memory(0, activations)
        return Memory(activations + (AT_ONCE * self._block(plan) if plan.streams else 0), 0)

    def _loaded(self, plan: Plan) -> Memory:
        """What a model takes from its loading on, or while it loads.

        Weights in main memory are mapped from their files. What a fused LoRA writes there takes
        the place of what was read, and counts once; what is converted is written there as a whole.
        """
        sizes, weights = self.sizes, self.weights(plan)
        always = FLOAT32 * sizes.vae + SPARE
        if plan is Plan.CPU:
            return Memory(0, weights + always)
        converted = BF16 * sizes.converted
        if plan.streams:
            main = max(ceil(weights * (1 + UNUSED)), converted) + always
            return Memory(BF16 * sizes.outside + always, main)
        # VAE and LoRA are converted on their way through main memory as well.
        return Memory(weights + always, converted + BF16 * sizes.lora + always)

    def _block(self, plan: Plan) -> int:
        sizes = self.sizes
        return (self.weights(plan) - BF16 * sizes.outside) // max(sizes.blocks, 1)

    def sentence(self, plan: Plan) -> str:
        """What a plan is and how large: "fp8, 21 GB"."""
        return f"{WORDS[plan]}, {in_words(self.weights(plan))}"


def outlook(weights: Weights, settings: Settings, wanted: str | None) -> str:
    """The plan that a picture of the usual size would be made under now, with the figures.

    Args:
        weights: what is chosen.
        settings: of the picture.
        wanted: the device, or None for the best that is here.

    Raises:
        EngineError: there is none; see `device_for` and `first_that_fits`.
    """
    device = device_for(settings.plan, wanted)
    demand, free = Demand.of(weights, settings.speed), free_on(device)
    plan = first_that_fits(rungs(settings.plan, device), demand, free)
    need = demand.memory(plan)
    on_device = need.device > 0
    return (
        f"memory plan {demand.sentence(plan)}, which needs {_figures(need, on_device)}, and "
        f"{_figures(free, on_device)} are free"
    )


def device_for(plan: Plan | None, wanted: str | None) -> str:
    """The device to compute on: cuda, mps or cpu; the fastest that is here unless one is wanted.

    Raises:
        UnsupportedOption: it is not here.
    """
    import torch

    if plan is Plan.CPU:
        return "cpu"
    here = [
        *(["cuda"] if torch.cuda.is_available() else []),
        *(["mps"] if torch.backends.mps.is_available() else []),
        "cpu",
    ]
    if wanted is not None and wanted not in here:
        raise UnsupportedOption(
            f"PyTorch finds no device {wanted!r} on this computer, only {', '.join(here)}; leave "
            "out --device, or install the PyTorch that belongs to your graphics card."
        )
    return wanted or here[0]


def free_on(device: str) -> Memory:
    """What is free now, of a device's memory and of the main memory.

    What PyTorch keeps of the device's memory for its next tensors is free, too.
    """
    import psutil
    import torch

    main = int(psutil.virtual_memory().available)
    if device == "cuda":
        kept = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return Memory(torch.cuda.mem_get_info()[0] + kept, main)
    if device == "mps":
        left = torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
        return Memory(min(left, main), main)
    return Memory(main, main)


def first_that_fits(plans: Sequence[Plan], demand: Demand, free: Memory) -> Plan:
    """The first plan that fits what is free.

    Raises:
        OutOfMemory: none does; says what each needs.
        WeightsMissing: one does, but what it works with is not here.
    """
    fitting = [plan for plan in plans if free.holds(demand.memory(plan))]
    if not fitting:
        raise OutOfMemory(_refusal(plans, demand, free))
    lacking = _lacks_for_4_bits(demand)
    for plan in fitting:
        if plan is not Plan.NF4 or not lacking:
            return plan
    raise WeightsMissing(lacking)


def _lacks_for_4_bits(demand: Demand) -> str:
    if demand.one_file:
        return (
            "The memory plan 4-bit needs the transformer in the base model's folder, not in a file "
            "of its own; point at such a folder with `layer-bridge models path base FOLDER`."
        )
    if find_spec("bitsandbytes") is None:
        return (
            "The memory plan 4-bit needs the Python package bitsandbytes, which is not here; "
            "install layer-bridge[diffusion-4bit], in layer-bridge's folder: "
            "pipx install --force '.[diffusion-4bit]'"
        )
    return ""


def _refusal(plans: Sequence[Plan], demand: Demand, free: Memory) -> str:
    needs = [demand.memory(plan) for plan in plans]
    on_device = any(need.device for need in needs)
    said = " or ".join(
        f"{_figures(need, on_device)} ({WORDS[plan]})"
        for need, plan in zip(needs, plans, strict=True)
    )
    return (
        f"The diffusion engine needs {said}, and {_figures(free, on_device)} are free; close other "
        "programs, choose another memory plan, or take the builtin engine."
    )


def _figures(memory: Memory, on_device: bool) -> str:
    main = f"{in_words(memory.main)} of main memory"
    return f"{in_words(memory.device)} of graphics memory and {main}" if on_device else main
