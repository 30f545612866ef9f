"""Memory plans: the ways in which the model can lie in memory, and the order to try them in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from engine.errors import UnsupportedOption


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
    FP8_STREAMED = "fp8-streamed"
    """In main memory, the blocks in 8 bits; they come as streamed ones do, and compute as fp8"""
    CPU = "cpu"
    """In main memory, in bfloat16, where the processor computes"""

    @property
    def has_8_bits(self) -> bool:
        """Whether the blocks' matrices are stored in 8 bits."""
        return self in (Plan.FP8, Plan.FP8_STREAMED)

    @property
    def streams(self) -> bool:
        """Whether blocks come to the card one after the other."""
        return self in (Plan.STREAMED, Plan.FP8_STREAMED)


WORDS: Mapping[Plan, str] = MappingProxyType(
    {
        Plan.RESIDENT: "bf16",
        Plan.FP8: "fp8",
        Plan.NF4: "4-bit",
        Plan.STREAMED: "bf16, streamed",
        Plan.FP8_STREAMED: "fp8, streamed",
        Plan.CPU: "bf16, on the processor",
    }
)
"""What artists call a plan in a sentence."""

LADDERS: Mapping[str, tuple[Plan, ...]] = MappingProxyType(
    {
        "cuda": (Plan.RESIDENT, Plan.FP8, Plan.NF4, Plan.STREAMED, Plan.FP8_STREAMED),
        "mps": (Plan.RESIDENT,),
        "cpu": (Plan.CPU, Plan.FP8),
    }
)
"""The plans that are tried on a device unless one is chosen, from the quickest down."""

ELSEWHERE: Mapping[str, frozenset[Plan]] = MappingProxyType(
    {
        "cuda": frozenset(),
        "mps": frozenset({Plan.FP8, Plan.NF4, Plan.STREAMED, Plan.FP8_STREAMED}),
        "cpu": frozenset({Plan.NF4}),
    }
)
"""The plans that a device cannot carry out."""


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
