"""The character: its parts put together, back to front."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.compositing import composite
from engine.illustration import clothes, hair, head
from engine.illustration.curves import Points, Warp, as_color
from engine.illustration.painting import paint
from engine.illustration.shapes import Shape
from engine.illustration.traits import Traits, choose_traits
from engine.layers import BlendMode, Layer, LayerRole, Proposal, Rgba


@dataclass(frozen=True)
class Illustration:
    """A picture and the layers it is made of."""

    source: Rgba
    """(H, W, 4) uint8 or uint16, straight alpha."""
    layers: Proposal
    """The true layers: in normal blending they give `source`."""


def draw_character(
    width: int = 1024,
    height: int = 1024,
    seed: int = 0,
    depth: int = 8,
    background: tuple[int, int, int] | None = None,
) -> Illustration:
    """Draw the bust of a character.

    Args:
        width, height: the canvas, in pixels, 1 and up; the figure stands at its bottom middle.
        seed: which character; the same seed draws the same one at any size.
        depth: bits a channel, 8 or 16.
        background: red, green, blue of 0 to 255 that fill the flat color behind the figure; None
            leaves it transparent.
    """
    behind = None if background is None else as_color(background) / 255
    layers = paint(_parts(choose_traits(seed)), width, height, depth, behind)
    stack = [Layer(role, BlendMode.NORMAL, getattr(layers, role.value)) for role in LayerRole]
    return Illustration(composite(stack), layers)


def _parts(traits: Traits) -> list[Shape]:
    bangs, locks = hair.bangs(traits), hair.side_locks(traits)
    falling = _warped(hair.over_shoulders(traits), traits.tilted)
    return [
        *_warped([hair.behind(traits)], traits.tilted),
        clothes.jacket(traits, _outlines(falling)),
        clothes.shirt(traits),
        head.neck(traits),
        *clothes.lapels(traits),
        *clothes.collar(traits),
        *clothes.buttons(traits),
        *clothes.ribbon(traits),
        *falling,
        *_warped(head.face(traits, _outlines([bangs, *locks])), traits.turned),
        *_warped([*locks, bangs, hair.cowlick(traits), head.brows(traits)], traits.turned),
        *_warped(hair.ties(traits), traits.tilted),
    ]


def _outlines(shapes: Iterable[Shape]) -> list[Points]:
    return [shape.outline for shape in shapes if shape.outline is not None]


def _warped(shapes: Iterable[Shape], warp: Warp) -> list[Shape]:
    return [shape.warped(warp) for shape in shapes]
