"""Layered documents in: the layers of a PSD, PSB, KRA or ORA as one kind of tree."""

from engine.files.layered.reading import open_layers
from engine.files.layered.tree import (
    Clipping,
    Group,
    LayeredDocument,
    Mask,
    Node,
    PaintedLayer,
    Patch,
)

__all__ = [
    "Clipping",
    "Group",
    "LayeredDocument",
    "Mask",
    "Node",
    "PaintedLayer",
    "Patch",
    "open_layers",
]
