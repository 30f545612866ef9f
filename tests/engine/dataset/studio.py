"""Characters in a studio's layers: parts back to front, each with flats, shade, light and lines."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from engine.illustration import draw_character
from engine.illustration.character import _parts
from engine.illustration.painting import paint
from engine.illustration.traits import choose_traits
from engine.layers import LayerRole, Proposal, Rgba
from tests.engine.files.documents import Document, Folder, Leaf

NAMES = {"flat": "ベース", "shadow": "影", "highlight": "ハイライト", "line": "線画"}
PARTS = 5
WIDTH, HEIGHT = 120, 180


def studio_document(
    seed: int = 3, width: int = WIDTH, height: int = HEIGHT, names: Mapping[str, str] = NAMES
) -> Document:
    """Groups of a flat, a multiplied shadow clipped to it, a highlight, and lines."""
    shapes = _parts(choose_traits(seed))
    cuts = np.linspace(0, len(shapes), PARTS + 1).astype(int)
    painted = [paint(shapes[start:end], width, height, 8, None) for start, end in pairwise(cuts)]
    return [_part(f"部品{at}", layers, names) for at, layers in enumerate(painted)]


def _part(name: str, layers: Proposal, names: Mapping[str, str]) -> Folder:
    return Folder(
        name,
        (
            Leaf(names["flat"], layers.flat_color),
            Leaf(names["shadow"], multiplied(layers), "multiply", clipped=True),
            Leaf(names["highlight"], layers.highlight),
            Leaf(names["line"], layers.line_art),
        ),
    )


def multiplied(layers: Proposal) -> Rgba:
    """The shadow as a layer to multiply with: the shaded flat over the flat; it is clipped, so it
    goes on over soft edges."""
    flat, shaded = (one.astype(float) for one in (layers.flat_color, layers.shadow))
    share = np.divide(shaded, flat, out=np.zeros_like(flat), where=flat > 0)
    return np.rint(share.clip(0, 1) * 255).astype(np.uint8)


def true_layers(seed: int = 3, width: int = WIDTH, height: int = HEIGHT) -> dict[LayerRole, Rgba]:
    """The layers of the whole character."""
    drawn = draw_character(width, height, seed).layers
    return {role: getattr(drawn, role) for role in LayerRole}
