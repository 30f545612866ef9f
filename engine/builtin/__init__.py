"""The builtin engine: classic image processing on the CPU, no weights, no network."""

from __future__ import annotations

from typing import ClassVar

from engine.base import Engine, Progress
from engine.builtin.flats import find_flats
from engine.builtin.line_art import find_lines
from engine.builtin.tones import find_shading
from engine.layers import Proposal, Rgba


class BuiltinEngine(Engine):
    """Lines from ridges, flat color from tones and their kinship, shading from what is left."""

    name: ClassVar[str] = "builtin"

    def propose(self, rgba: Rgba, progress: Progress) -> Proposal:
        """See `Engine.propose`."""
        lines = find_lines(rgba, lambda done: progress("line art", 0.5 * done))
        flats = find_flats(rgba, lines, lambda done: progress("flat color", 0.5 + 0.3 * done))
        shadow, highlight = find_shading(
            rgba, lines, flats, lambda done: progress("shading", 0.8 + 0.2 * done)
        )
        return Proposal(flats.layer, shadow, highlight, lines.layer)
