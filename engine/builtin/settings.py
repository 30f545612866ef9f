"""What an artist can choose of the builtin engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.options import Choice, ChoiceOption, NumberOption, Options, SwitchOption

USUAL_DETAIL = 50
AUTOMATIC = 0
"""The line thickness that is found in the picture itself."""


class ToneCount(StrEnum):
    """How many tones a colour has: what becomes shading, and what flat color."""

    AUTOMATIC = "automatic"
    """As the picture looks"""
    ONE = "one"
    """Flat color only; nothing becomes shading"""
    FEW = "few"
    """Cel shading: steps with hard edges"""
    MANY = "many"
    """Soft shading and gradients"""


OPTIONS = (
    NumberOption(
        name="line_thickness",
        title="Line thickness",
        help="The thickest line that still is line art; thicker dark shapes stay in the other "
        "layers.",
        default=AUTOMATIC,
        least=AUTOMATIC,
        most=64,
        unit="px",
        least_title="Automatic",
    ),
    ChoiceOption(
        name="tones",
        title="Tones",
        help="What becomes shading: hardly anything (each tone is a flat color of its own), the "
        "hard steps of cel shading, or gradients too.",
        default=ToneCount.AUTOMATIC.value,
        choices=(
            Choice(ToneCount.AUTOMATIC.value, "Automatic"),
            Choice(ToneCount.ONE.value, "One: flat"),
            Choice(ToneCount.FEW.value, "Few: cel"),
            Choice(ToneCount.MANY.value, "Many: soft"),
        ),
    ),
    NumberOption(
        name="detail",
        title="Detail",
        help="How small a patch keeps a flat color of its own: with more detail, a smaller one.",
        default=USUAL_DETAIL,
        least=0,
        most=100,
    ),
    SwitchOption(
        name="hard_edges",
        title="Hard edges",
        help="Every opaque pixel of the flat color has the color of one region, without soft "
        "edges, as bucket fill and magic wand like it.",
    ),
)
"""In the order in which artists see them."""


@dataclass(frozen=True)
class Settings:
    """The choices for one picture."""

    line_thickness: int
    """Pixels, the thickest line that is line art, or `AUTOMATIC`"""
    tones: ToneCount
    detail: int
    """0 to 100: how small a patch keeps a flat color of its own"""
    hard_edges: bool
    """Whether each pixel of the flat color has exactly one region's color"""

    @classmethod
    def of(cls, options: Options) -> Settings:
        """The settings that the values of `OPTIONS` make."""
        return cls(
            line_thickness=int(options["line_thickness"]),
            tones=ToneCount(str(options["tones"])),
            detail=int(options["detail"]),
            hard_edges=bool(options["hard_edges"]),
        )

    @property
    def finer(self) -> float:
        """How many times smaller than usual the patches are that count: 0.01 to 100."""
        return float(10 ** ((self.detail - USUAL_DETAIL) / 25))
