"""Memory plans: how the model lies in memory, what that needs, and which plan fits what is free.

A graphics driver that runs out of memory may move it to the main memory without a word, and a
picture of two minutes takes eight hours. So it is added up before anything is loaded: the weights
from the numbers that their files' headers declare, the rest in proportion to tokens and pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from math import ceil
from types import MappingProxyType

from engine.diffusion.receipt import in_words
from engine.diffusion.sizes import Sizes
from engine.errors import OutOfMemory, UnsupportedOption, WeightsMissing


class Plan(StrEnum):
    """Where the transformer's weights lie, and how many bits each number has there."""

    RESIDENT = "resident"
    """On the graphics card, in bfloat16"""
    FP8 = "fp8"
    """On the card, the blocks in 8 bits, each made bfloat16 for as long as it computes"""
    NF4 = "nf4"
    """On the card, the blocks in 4 bits and a scale for every 64 numbers"""
    STREAMED = "streamed"
    """In main memory, in bfloat16; the next block comes to the card while one computes"""
    CPU = "cpu"
    """In main memory, in bfloat16, where the processor computes"""


WORDS: Mapping[Plan, str] = MappingProxyType(
    {
        Plan.RESIDENT: "bf16",
        Plan.FP8: "fp8",
        Plan.NF4: "4-bit",
        Plan.STREAMED: "bf16, streamed",
        Plan.CPU: "bf16, on the processor",
    }
)
"""What artists call a plan in a sentence."""

LADDERS: Mapping[str, tuple[Plan, ...]] = MappingProxyType(
    {
        "cuda": (Plan.RESIDENT, Plan.FP8, Plan.NF4, Plan.STREAMED),
        "mps": (Plan.RESIDENT,),
        "cpu": (Plan.CPU, Plan.FP8),
    }
)
"""The plans that are tried on a device unless one is chosen, from the quickest down."""

ELSEWHERE: Mapping[str, frozenset[Plan]] = MappingProxyType(
    {
        "cuda": frozenset(),
        "mps": frozenset({Plan.FP8, Plan.NF4, Plan.STREAMED}),
        "cpu": frozenset({Plan.NF4}),
    }
)
"""The plans that a device cannot carry out."""

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

    def weights(self, plan: Plan) -> int:
        """Bytes of the transformer's weights and of the adapter's."""
        sizes = self.sizes
        matrix = {Plan.FP8: FP8, Plan.NF4: NF4}.get(plan, BF16)
        rest = sizes.block_rest + sizes.outside + (0 if plan is Plan.FP8 else sizes.lora)
        return ceil(matrix * sizes.block_matrices) + BF16 * rest

    def memory(self, plan: Plan) -> Memory:
        """What a plan needs, from loading to the last decoded layer."""
        sizes, weights = self.sizes, self.weights(plan)
        sampling = ACTIVATIONS * BF16 * sizes.channels * self.tokens
        decoding = VAE_ACTIVATIONS * FLOAT32 * sizes.vae_channels * self.pixels
        # Layers are decoded when all are sampled, so the two never live at once.
        working = max(sampling, decoding) + FLOAT32 * sizes.vae + SPARE
        if plan is Plan.CPU:
            return Memory(0, weights + working)
        if plan is Plan.STREAMED:
            block = (sizes.block_matrices + sizes.block_rest) // max(sizes.blocks, 1)
            near = sizes.outside + sizes.lora + AT_ONCE * block
            return Memory(BF16 * near + working, weights + SPARE)
        return Memory(weights + working, SPARE)

    def sentence(self, plan: Plan) -> str:
        """What a plan is and how large: "fp8, 21 GB"."""
        return f"{WORDS[plan]}, {in_words(self.weights(plan))}"


def device_of(wanted: str | None) -> str:
    """The device to compute on: cuda, mps or cpu; the fastest that is here unless one is wanted.

    Raises:
        UnsupportedOption: it is not here.
    """
    import torch

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
    """What is free now, of a device's memory and of the main memory."""
    import psutil
    import torch

    main = int(psutil.virtual_memory().available)
    if device == "cuda":
        return Memory(torch.cuda.mem_get_info()[0], main)
    if device == "mps":
        left = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        return Memory(min(left, main), main)
    return Memory(main, main)


def rungs(chosen: Plan | None, device: str) -> tuple[Plan, ...]:
    """The plans to try on a device, best first: the chosen one alone, if one is.

    Raises:
        UnsupportedOption: the device cannot carry it out.
    """
    if chosen is None:
        return LADDERS[device]
    if chosen in ELSEWHERE[device]:
        raise UnsupportedOption(
            f"The memory plan {WORDS[chosen]} needs an NVIDIA graphics card; set Memory to "
            "Automatic."
        )
    return (chosen,)


def below(plan: Plan, device: str) -> tuple[Plan, ...]:
    """The plans to try where one ran out of memory, best first; may be none."""
    ladder = LADDERS[device]
    return ladder[ladder.index(plan) + 1 :] if plan in ladder else ()


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
