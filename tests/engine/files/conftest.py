"""A small drawing whose layers are known, as a picture and as a stack."""

from collections.abc import Callable

import numpy as np
import pytest

from engine.files import Picture
from engine.layers import LayerStack, Proposal
from engine.reconcile import reconcile

Drawing = tuple[Picture, LayerStack]
HEIGHT, WIDTH = 100, 140
"""Neither is a multiple of Krita's tiles."""


@pytest.fixture(scope="session")
def draw() -> Callable[..., Drawing]:
    return draw_disc


def draw_disc(depth: int = 8, composition: str = "production", **about: object) -> Drawing:
    """A two-coloured disc with soft edges, a shadow, a highlight and a line, over nothing."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    radius = np.hypot((x - 70) / 60, (y - 50) / 44)
    alpha = np.clip((1 - radius) * 25, 0, 1)
    flat = np.where((x > 70)[..., None], [0.8, 0.55, 0.5], [0.35, 0.5, 0.75])
    shade = np.clip((radius - 0.6) * 6, 0, 1) * 0.9 * (alpha > 0)
    light = np.clip((0.35 - radius) * 3, 0, 1)
    line = np.clip(3 - np.abs(x - 70 - 10 * np.sin(y / 15)), 0, 1) * alpha
    dark, ink = flat * [0.6, 0.55, 0.7], np.full_like(flat, 0.15)
    lit = mixed(mixed(flat, dark, shade), np.ones_like(flat), light)
    source = rgba(mixed(lit, ink, line), alpha, depth)
    proposal = Proposal(
        flat_color=rgba(flat, alpha > 0, depth),
        shadow=rgba(dark, shade, depth),
        highlight=rgba(np.ones_like(flat), light, depth),
        line_art=rgba(ink, line, depth),
    )
    return Picture(source, **about), reconcile(proposal, source, composition, "builtin")


def mixed(below, above, coverage):
    return below + (above - below) * coverage[..., None]


def rgba(colour, alpha, depth):
    """Integers of a depth; nothing under alpha 0."""
    top = 2**depth - 1
    whole = np.rint(np.dstack([colour, alpha]) * top)
    whole[whole[..., 3] == 0] = 0
    return whole.astype(f"uint{depth}")
