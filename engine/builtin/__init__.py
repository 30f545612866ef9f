"""The builtin engine: classic image processing on the CPU, no weights, no network."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from engine.bands import map_bands
from engine.base import Engine, Progress
from engine.builtin.kinship import find_bases, find_borders
from engine.builtin.line_art import beside, find_lines
from engine.builtin.regions import find_tones
from engine.builtin.tones import shade
from engine.layers import Proposal, Rgba


class BuiltinEngine(Engine):
    """Lines from ridges, flat color from tones and their kinship, shading from what is left."""

    name: ClassVar[str] = "builtin"

    def propose(self, rgba: Rgba, progress: Progress) -> Proposal:
        """See `Engine.propose`."""
        progress("line art", 0)
        eight = rgba if rgba.dtype == np.uint8 else (rgba >> 8).astype(np.uint8)
        lines = find_lines(eight)
        progress("flat color", 0.4)
        solid, line = eight[..., 3] == 255, lines.coverage > 0
        tones = find_tones(lines.under, solid & ~line)
        bases = find_bases(tones, find_borders(lines.under, tones, line))
        flat = tones.colours[bases[np.maximum(tones.labels, 0)]]
        flat = beside(flat, tones.labels < 0)
        progress("shading", 0.8)
        layers = [np.zeros_like(rgba) for _ in range(4)]
        depth = 257 if rgba.dtype == np.uint16 else 1

        def work(rows: slice) -> None:
            shadow, highlight = shade(
                lines.under[rows].astype(np.float32), flat[rows].astype(np.float32)
            )
            alpha = eight[rows, :, 3:]
            present = alpha > 0
            layers[0][rows] = np.concatenate([flat[rows], alpha], axis=-1) * present
            layers[1][rows] = np.rint(shadow * (alpha == 255)) * depth
            layers[2][rows] = np.rint(highlight * (alpha == 255)) * depth
            layers[3][rows] = np.dstack([lines.ink[rows], lines.coverage[rows]])

        map_bands(
            work, rgba.shape[0], rgba.shape[1], lambda done: progress("shading", 0.8 + 0.2 * done)
        )
        layers[0] *= depth
        layers[3] *= depth
        return Proposal(*layers)
