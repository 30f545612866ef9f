"""The builtin engine: image processing on the CPU, and small learned judges of what is whose shade.

The order of the steps: `line_art`, then `flats` (tones and segments of `regions`, `borders`, the
graph of `kinship`; for softly shaded pictures `painting`: `cells` joined across `seams` to `things`
by their `shades`), then `shading`. The judges' weights lie beside the code; there is
nothing to download, and no torch.
"""

from __future__ import annotations

from typing import ClassVar

from engine.attendance import Progress
from engine.base import Engine
from engine.builtin.settings import OPTIONS, Settings
from engine.layers import Proposal, Rgba
from engine.options import Option, Options


class BuiltinEngine(Engine):
    """Lines from ridges, flat color from tones and their kinship, shading from what is left."""

    name: ClassVar[str] = "builtin"
    options: ClassVar[tuple[Option, ...]] = OPTIONS

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        """See `Engine.propose`."""
        return _layers(rgba, Settings.of(options), progress)


def _layers(rgba: Rgba, settings: Settings, progress: Progress) -> Proposal:
    # Whoever only asks for the options does not wait for OpenCV.
    from engine.builtin.flats import find_flats
    from engine.builtin.line_art import find_lines
    from engine.builtin.shading import find_shading

    lines = find_lines(rgba, lambda done: progress("line art", 0.5 * done), settings.line_thickness)
    flats = find_flats(rgba, lines, settings, lambda done: progress("flat color", 0.5 + 0.3 * done))
    shadow, highlight = find_shading(
        rgba, lines, flats, lambda done: progress("shading", 0.8 + 0.2 * done)
    )
    return Proposal(flats.layer, shadow, highlight, lines.layer)
