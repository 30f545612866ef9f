"""Exact restacking: turn an engine's proposal into four layers that give the source back.

Shared by every engine. Each pixel is solved on its own, bottom first, after rounding, so that
`composite(layers)` equals the source to a level of its depth:

- where the source is opaque the flat color stays as proposed; the shadow, then the highlight, take
  the residue; on lines the ink takes what it can and leaves the rest to them;
- where it is half transparent (soft silhouettes) line art and flat color share the coverage,
  (1 - line)(1 - flat) = 1 - alpha, and shading goes into the flat color;
- where the proposal already restacks within half the promised limit it is left alone, so that
  noise of one level makes no speckle.

Colours here are float32 in [0, 1], by band. The weight w is the line's weight in the pixel,
source = w ink + (1 - w) under, the same formula in opaque and half transparent pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.blending import FORMULAS, least_alpha, reachable, solve
from engine.compositing import blend_over, premultiply, to_floats, unpremultiply
from engine.errors import ReconstructionError
from engine.layers import (
    COMPOSITIONS,
    BlendMode,
    Layer,
    LayerRole,
    LayerStack,
    Proposal,
    Reconstruction,
    Rgba,
)

Floats = NDArray[np.float32]

LIMIT = {8: 2 / 255, 16: 2 / 1023}
"""The promise: the largest difference from the source, by depth in bits."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
PSNR_OF_EQUAL_DB = 99.0


def reconcile(
    proposal: Proposal,
    source: Rgba,
    composition: str,
    engine: str,
    progress: Callable[[float], None] | None = None,
) -> LayerStack:
    """Make a proposal exact in a composition.

    Args:
        proposal: four pictures of the source's shape and dtype, in normal blending.
        source: (H, W, 4) uint8 or uint16, straight alpha.
        composition: a name of `COMPOSITIONS`.
        engine: the proposing engine's name, for the record.
        progress: gets the fraction done; may raise to stop.

    Raises:
        ReconstructionError: the layers differ from the source by more than `LIMIT`.
    """
    modes = COMPOSITIONS[composition]
    layers = {role: np.zeros_like(source) for role in LayerRole}

    def work(rows: slice) -> _Tally:
        band = _Band.cut(proposal, source, rows)
        solved = _solve_where_needed(band, modes)
        for role in LayerRole:
            layers[role][rows] = solved[role]
        return _tally(band, solved, modes)

    tallies = map_bands(work, source.shape[0], source.shape[1], progress)
    reconstruction = _reconstruction(tallies, source)
    limit = LIMIT[np.iinfo(source.dtype).bits] * 255
    if reconstruction.max_error > limit + 1e-3:
        raise ReconstructionError(
            f"The layers differ from the picture by {reconstruction.max_error:.2f}/255, over the "
            f"limit of {limit:.2f}/255; nothing was written. Please report this picture."
        )
    return LayerStack(
        layers=tuple(Layer(role, modes[role], layers[role]) for role in LayerRole),
        composition=composition,
        engine=engine,
        reconstruction=reconstruction,
    )


@dataclass(frozen=True)
class _Band:
    """A band of the source and of the proposal, as floats; `top` is the largest integer."""

    source: Floats
    flat: Floats
    shadow: Floats
    highlight: Floats
    line: Floats
    dtype: np.dtype[np.generic]

    @classmethod
    def cut(cls, proposal: Proposal, source: Rgba, rows: slice) -> _Band:
        return cls(
            to_floats(source[rows]),
            to_floats(proposal.flat_color[rows]),
            to_floats(proposal.shadow[rows]),
            to_floats(proposal.highlight[rows]),
            to_floats(proposal.line_art[rows]),
            source.dtype,
        )

    def __getitem__(self, where: NDArray[np.bool_]) -> _Band:
        """The chosen pixels, as a band of one row."""
        pictures = (self.source, self.flat, self.shadow, self.highlight, self.line)
        return _Band(*(picture[where][None] for picture in pictures), self.dtype)

    @property
    def top(self) -> np.float32:
        return np.float32(np.iinfo(self.dtype).max)

    @property
    def tolerance(self) -> float:
        """Half the promised limit: the residue that is left alone."""
        return LIMIT[np.iinfo(self.dtype).bits] / 2


Solved = dict[LayerRole, Rgba]


def _solve_where_needed(band: _Band, modes: Mapping[LayerRole, BlendMode]) -> Solved:
    """Solve gently, then again without slack where rounding broke the limit."""
    solved = _solve(band, modes, gentle=True)
    bad = _error(band, solved, modes) > band.tolerance * 1.001
    if bad.any():
        again = _solve(band[bad], modes, gentle=False)
        for role in LayerRole:
            solved[role][bad] = again[role][0]
    return solved


def _solve(band: _Band, modes: Mapping[LayerRole, BlendMode], gentle: bool) -> Solved:
    """Solve every pixel of a band.

    Gently: a residue within the tolerance is left alone and coverages are kept. Else: every
    residue is taken, and shading is put at full coverage, where hosts round least.
    """
    alpha = band.source[..., 3:]
    opaque = alpha >= 1
    line_alpha = np.minimum(band.line[..., 3:], alpha)
    weight = _ratio(line_alpha, alpha)
    shaded = _over(band.flat[..., :3], band.shadow)
    proposed_under = _over(shaded, band.highlight)
    ink, under = _share(band, weight, proposed_under, gentle)

    flat_alpha = _quantize(_flat_alpha(alpha, line_alpha), band.top)
    flat = _quantize(np.where(opaque, band.flat[..., :3], under), band.top)
    flat = np.where(flat_alpha > 0, flat, 0)

    shadow, after_shadow = _solve_layer(
        modes[LayerRole.SHADOW],
        flat,
        _shadow_target(band, modes, flat, shaded, under),
        band.shadow[..., 3:] * opaque,
        band.top,
        gentle,
        opaque,
    )
    highlight, after_highlight = _solve_layer(
        modes[LayerRole.HIGHLIGHT],
        after_shadow,
        under,
        band.highlight[..., 3:] * opaque,
        band.top,
        gentle,
        opaque,
    )
    if not gentle:
        ink = _unmix(band.source[..., :3], weight, after_highlight)
    line = np.where(line_alpha > 0, _quantize(ink, band.top), 0)
    return {
        LayerRole.FLAT_COLOR: _integers(flat, flat_alpha, band),
        LayerRole.SHADOW: _integers(shadow[..., :3], shadow[..., 3:], band),
        LayerRole.HIGHLIGHT: _integers(highlight[..., :3], highlight[..., 3:], band),
        LayerRole.LINE_ART: _integers(line, line_alpha, band),
    }


def _share(
    band: _Band, weight: Floats, proposed_under: Floats, gentle: bool
) -> tuple[Floats, Floats]:
    """Divide the source between ink and what lies under it: source = w ink + (1 - w) under.

    The ink takes the residue as far as a colour can; what it cannot express goes under it.
    """
    colour, proposed_ink = band.source[..., :3], band.line[..., :3]
    ink = _unmix(colour, weight, proposed_under)
    under = _ratio(colour - weight * ink, 1 - weight)
    under = np.where(weight < 1, np.clip(under, 0, 1), proposed_under)
    if not gentle:
        return ink, under
    residue = colour - (weight * proposed_ink + (1 - weight) * proposed_under)
    near = np.abs(residue).max(axis=-1, keepdims=True) <= band.tolerance
    return np.where(near, proposed_ink, ink), np.where(near, proposed_under, under)


def _unmix(colour: Floats, weight: Floats, under: Floats) -> Floats:
    """The ink that, at `weight` over `under`, makes `colour`, as far as a colour can."""
    return np.clip(_ratio(colour - (1 - weight) * under, weight), 0, 1)


def _flat_alpha(alpha: Floats, line_alpha: Floats) -> Floats:
    """The flat color's coverage: (1 - line)(1 - flat) = 1 - alpha; opaque under opaque lines."""
    return np.where(alpha >= 1, 1, np.clip(1 - _ratio(1 - alpha, 1 - line_alpha), 0, 1))


def _shadow_target(
    band: _Band,
    modes: Mapping[LayerRole, BlendMode],
    flat: Floats,
    shaded: Floats,
    under: Floats,
) -> Floats:
    """What the picture is to look like after the shadow, before the highlight.

    Where a highlight is proposed the shadow stays as proposed, else it takes all that it can reach
    on the dark side. A highlight that only lightens must find nothing lighter than its target.
    """
    darker = (under @ LUMINANCE < flat @ LUMINANCE)[..., None]
    alone = under
    if FORMULAS[modes[LayerRole.SHADOW]].lightens:
        alone = np.where(darker | (band.shadow[..., 3:] > 0), under, flat)
    target = np.where(band.highlight[..., 3:] > 0, shaded, alone)
    if not FORMULAS[modes[LayerRole.HIGHLIGHT]].darkens:
        target = np.minimum(target, under)
    return reachable(modes[LayerRole.SHADOW], flat, target)


def _solve_layer(
    mode: BlendMode,
    backdrop: Floats,
    target: Floats,
    proposed_alpha: Floats,
    top: np.float32,
    gentle: bool,
    opaque: NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """One shading layer, rounded, and what the picture looks like with it."""
    target = reachable(mode, backdrop, target)
    visible = (np.abs(target - backdrop).max(axis=-1, keepdims=True) * top > 0.5) & opaque
    alpha = np.maximum(proposed_alpha, least_alpha(backdrop, target)) if gentle else 1.0
    alpha = np.where(visible, np.ceil(alpha * top - 1e-3) / top, 0).astype(np.float32)
    colour = _quantize(solve(mode, backdrop, target, alpha), top)
    after = backdrop + alpha * (FORMULAS[mode].blend(backdrop, colour) - backdrop)
    return np.concatenate([colour, alpha], axis=-1).astype(np.float32), after


def _over(backdrop: Floats, layer: Floats) -> Floats:
    """Normal blending of a straight layer on opaque colour."""
    return backdrop + layer[..., 3:] * (layer[..., :3] - backdrop)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; 0 where the denominator is 0."""
    out = np.zeros(np.broadcast_shapes(numerator.shape, denominator.shape), np.float32)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out


def _quantize(values: Floats, top: np.float32) -> Floats:
    return np.asarray(np.rint(values * top) / top, np.float32)


def _integers(colour: Floats, alpha: Floats, band: _Band) -> Rgba:
    rgba = np.concatenate([np.where(alpha > 0, colour, 0), alpha], axis=-1)
    return np.rint(rgba * band.top).astype(band.dtype)


def _restack(solved: Solved, modes: Mapping[LayerRole, BlendMode]) -> Rgba:
    """Composite solved layers as a host does: rounded to the depth at the end."""
    out = np.zeros(solved[LayerRole.FLAT_COLOR].shape, np.float32)
    for role in LayerRole:
        out = blend_over(out, to_floats(solved[role]), modes[role])
    return unpremultiply(out, solved[LayerRole.FLAT_COLOR].dtype)


def _error(band: _Band, solved: Solved, modes: Mapping[LayerRole, BlendMode]) -> Floats:
    """(H, W): the difference from the source, as `compositing.difference` defines it."""
    source = band.source.copy()
    source[..., :3] *= source[..., 3:]
    return np.asarray(np.abs(premultiply(_restack(solved, modes)) - source).max(axis=-1))


@dataclass(frozen=True)
class _Tally:
    """Sums over a band."""

    squared: float
    largest: float
    moved: dict[LayerRole, float]


def _tally(band: _Band, solved: Solved, modes: Mapping[LayerRole, BlendMode]) -> _Tally:
    """Compare with the source, and each layer's effect with the effect that was proposed."""
    source = band.source.copy()
    source[..., :3] *= source[..., 3:]
    proposed = {
        LayerRole.FLAT_COLOR: band.flat,
        LayerRole.SHADOW: band.shadow,
        LayerRole.HIGHLIGHT: band.highlight,
        LayerRole.LINE_ART: band.line,
    }
    ours = theirs = np.zeros_like(source)
    moved = {}
    for role in LayerRole:
        with_ours = blend_over(ours, to_floats(solved[role]), modes[role])
        with_theirs = blend_over(theirs, proposed[role], BlendMode.NORMAL)
        moved[role] = float(np.abs(with_ours - ours - with_theirs + theirs).sum(dtype=np.float64))
        ours, theirs = with_ours, with_theirs
    error = np.abs(premultiply(unpremultiply(ours, band.dtype)) - source)
    return _Tally(float(np.square(error).sum(dtype=np.float64)), float(error.max()), moved)


def _reconstruction(tallies: list[_Tally], source: Rgba) -> Reconstruction:
    mean_square = sum(tally.squared for tally in tallies) / source.size
    psnr = PSNR_OF_EQUAL_DB if mean_square < 1e-10 else -10 * np.log10(mean_square)
    return Reconstruction(
        psnr_db=round(min(float(psnr), PSNR_OF_EQUAL_DB), 3),
        max_error=round(max(tally.largest for tally in tallies) * 255, 4),
        moved={
            role: round(sum(tally.moved[role] for tally in tallies) / source.size * 255, 4)
            for role in LayerRole
        },
    )
