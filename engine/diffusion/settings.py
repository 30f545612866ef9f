"""What an artist can choose of the diffusion engine."""

from __future__ import annotations

from dataclasses import dataclass

from engine.diffusion.plans import Plan
from engine.diffusion.speed import SPEEDS, Quality, Speed
from engine.options import Choice, ChoiceOption, NumberOption, Options

UNGUIDED = 1
"""The guidance at which the negative prompt is not asked."""


AUTOMATIC = "automatic"
"""The value of `memory` that leaves the plan to what is free."""

OPTIONS = (
    ChoiceOption(
        name="quality",
        title="Quality",
        help="What is left out to save time: Paper takes 50 steps from noise to layers and "
        "approximates nothing; Balanced takes 20; Fast takes 10, skips parts of the model where "
        "little changed, and leaves out the frame of the whole picture, even if the adapter was "
        "trained with it: thin lines and small highlights suffer first.",
        default=Quality.BALANCED.value,
        choices=(
            Choice(Quality.PAPER.value, "Paper: 50 steps"),
            Choice(Quality.BALANCED.value, "Balanced: 20 steps"),
            Choice(Quality.FAST.value, "Fast: 10 steps, approximated"),
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
    ChoiceOption(
        name="memory",
        title="Memory",
        help="Where the model's weights lie: Automatic takes the first of the list that fits what "
        "is free. fp8 and 4-bit round them. Streamed does not, but fills 45 GB of main memory; "
        "with fp8 it is 23 GB.",
        default=AUTOMATIC,
        choices=(
            Choice(AUTOMATIC, "Automatic"),
            Choice(Plan.RESIDENT.value, "Whole: card of 48 GB"),
            Choice(Plan.FP8.value, "fp8: card of 24 GB"),
            Choice(Plan.NF4.value, "4-bit: card of 16 GB"),
            Choice(Plan.STREAMED.value, "Streamed: card of 8 GB"),
            Choice(Plan.FP8_STREAMED.value, "fp8, streamed: card of 6 GB"),
            Choice(Plan.CPU.value, "Processor: hours a picture"),
        ),
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
    plan: Plan | None
    """None for the best that fits"""

    @classmethod
    def of(cls, options: Options) -> Settings:
        """The settings that the values of `OPTIONS` make."""
        return cls(
            quality=Quality(str(options["quality"])),
            seed=int(options["seed"]),
            guidance=float(options["guidance"]),
            plan=None if options["memory"] == AUTOMATIC else Plan(str(options["memory"])),
        )

    @property
    def speed(self) -> Speed:
        """What the quality comes to."""
        return SPEEDS[self.quality]
