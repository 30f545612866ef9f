"""Edits of a stack of layers, as in the paper's section 5.5: each a pure function of the stack."""

from engine.editing.compositions import convert
from engine.editing.line_art import color_lines, widen_lines
from engine.editing.palette import FlatColor, find_palette
from engine.editing.recolor import recolor
from engine.editing.regions import Region, hexadecimal, region_at, region_of_color
from engine.editing.rotation import rotate_hue
from engine.editing.texture import lay_texture

__all__ = [
    "FlatColor",
    "Region",
    "color_lines",
    "convert",
    "find_palette",
    "hexadecimal",
    "lay_texture",
    "recolor",
    "region_at",
    "region_of_color",
    "rotate_hue",
    "widen_lines",
]
