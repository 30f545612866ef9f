"""Cases with known layers, drawn by ourselves, for the tests of the evaluation."""

from pathlib import Path

import numpy as np

from engine import BlendMode, Layer, LayerRole, LayerStack, Proposal, Reconstruction, Rgba
from engine.evaluation.cases import TRUE_LAYERS, Truth
from engine.files import encode_png
from engine.illustration import Illustration, draw_character


def write_case(folder: Path, seed: int = 0, size: int = 96) -> Illustration:
    """Draw a character, and write it and its layers as a case."""
    drawn = draw_character(size, size, seed)
    folder.mkdir(parents=True)
    (folder / "composite.png").write_bytes(encode_png(drawn.source))
    for role, name in TRUE_LAYERS.items():
        (folder / name).write_bytes(encode_png(getattr(drawn.layers, role.value)))
    return drawn


def truth_of(layers: Proposal) -> Truth:
    return Truth({role: getattr(layers, role.value) for role in LayerRole})


def normal_stack(layers: Proposal) -> LayerStack:
    """True layers as an engine's result."""
    stack = tuple(Layer(role, BlendMode.NORMAL, getattr(layers, role.value)) for role in LayerRole)
    return LayerStack(stack, "normal", "true", Reconstruction(99, 0))


def plain(color: tuple[int, int, int, int], size: int = 40) -> Rgba:
    """A picture of one color."""
    return np.full((size, size, 4), color, np.uint8)
