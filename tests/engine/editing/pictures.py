"""Stacks to edit: drawn characters, and a few pixels that a hand can check."""

import numpy as np

from engine import (
    COMPOSITIONS,
    BlendMode,
    Layer,
    LayerRole,
    LayerStack,
    Proposal,
    Reconstruction,
    Rgba,
    composite,
    reconcile,
)
from engine.illustration import draw_character

RED, BLUE, WHITE = (200, 40, 40), (30, 60, 180), (250, 250, 250)


def drawn_stack(
    composition: str = "production", depth: int = 8, seed: int = 0, size: int = 160
) -> LayerStack:
    """A character's true layers, made exact in a composition."""
    drawn = draw_character(size, size, seed, depth)
    return reconcile(drawn.layers, drawn.source, composition, "drawn")


def by_hand(composition: str, **layers: Rgba) -> LayerStack:
    """Layers as given, the others empty."""
    empty = np.zeros_like(next(iter(layers.values())))
    modes = COMPOSITIONS[composition]
    stack = (Layer(role, modes[role], layers.get(role.value, empty)) for role in LayerRole)
    return LayerStack(tuple(stack), composition, "hand", Reconstruction(99, 0))


def two_flats(size: int = 24) -> Rgba:
    """Red left, blue right, and between them a column that is a quarter blue."""
    flat = np.full((size, size, 4), (*RED, 255), np.uint8)
    flat[:, size // 2 :, :3] = BLUE
    flat[:, size // 2 - 1, :3] = np.rint(0.75 * np.array(RED) + 0.25 * np.array(BLUE))
    return flat


def shaded(composition: str) -> LayerStack:
    """Two flats with a shadow, .6 of all channels, on the upper half, and light below."""
    flat = two_flats()
    shadow, highlight = np.zeros_like(flat), np.zeros_like(flat)
    shadow[:12, :, :3] = np.rint(flat[:12, :, :3] * 0.6)
    shadow[:12, :, 3] = 255
    highlight[20:, :, :3] = np.rint(flat[20:, :, :3] + 0.5 * (255.0 - flat[20:, :, :3]))
    highlight[20:, :, 3] = 255
    proposal = Proposal(flat, shadow, highlight, np.zeros_like(flat))
    normal = [
        Layer(role, BlendMode.NORMAL, getattr(proposal, role.value).copy()) for role in LayerRole
    ]
    return reconcile(proposal, composite(normal), composition, "hand")
