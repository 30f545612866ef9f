"""What an artist can choose of the diffusion engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from engine.options import Choice, ChoiceOption, NumberOption, Options

UNGUIDED = 1
"""The guidance at which the negative prompt is not asked."""


class Quality(StrEnum):
    """How much time goes into a picture."""

    PAPER = "paper"
    """As the paper's authors sample"""
    BALANCED = "balanced"
    FAST = "fast"


STEPS: Mapping[Quality, int] = MappingProxyType(
    {Quality.PAPER: 50, Quality.BALANCED: 20, Quality.FAST: 10}
)
"""Of the sampler; the time is nearly in proportion."""

OPTIONS = (
    ChoiceOption(
        name="quality",
        title="Quality",
        help="How many steps the model takes from noise to layers: 50 as in the paper, 20 or 10; "
        "with fewer, thin lines and small highlights suffer first.",
        default=Quality.BALANCED.value,
        choices=(
            Choice(Quality.PAPER.value, "Paper: 50 steps"),
            Choice(Quality.BALANCED.value, "Balanced: 20 steps"),
            Choice(Quality.FAST.value, "Fast: 10 steps"),
        ),
    ),
    NumberOption(
        name="seed",
        title="Seed",
        help="The noise that the model begins with: the same number gives the same layers, "
        "another one another try.",
        default=0,
        least=0,
        most=999_999,
    ),
    NumberOption(
        name="guidance",
        title="Guidance",
        help="How far the layers are led away from what the model makes without its prompt; "
        "anything but Off takes twice as long, and an adapter that was trained for it.",
        default=UNGUIDED,
        least=UNGUIDED,
        most=10,
        step=0.5,
        least_title="Off",
    ),
)
"""In the order in which artists see them."""


@dataclass(frozen=True)
class Settings:
    """The choices for one picture."""

    quality: Quality
    seed: int
    guidance: float
    """1 and up"""

    @classmethod
    def of(cls, options: Options) -> Settings:
        """The settings that the values of `OPTIONS` make."""
        return cls(
            quality=Quality(str(options["quality"])),
            seed=int(options["seed"]),
            guidance=float(options["guidance"]),
        )

    @property
    def steps(self) -> int:
        """Of the sampler."""
        return STEPS[self.quality]
