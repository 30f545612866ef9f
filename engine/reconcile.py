"""Exact restacking: turn an engine's proposal into four layers that give the source back.

Shared by every engine. Each pixel is solved on its own, bottom first, after rounding, so that
`composite(layers)` equals the source to a level of its depth:

- where the source is opaque the flat color stays as proposed; the shadow, then the highlight, take
  the residue; on lines the ink takes what it can and leaves the rest to them;
- where it is half transparent (soft silhouettes) line art and flat color share the coverage,
  (1 - line)(1 - flat) = 1 - alpha; shading goes into the ink as far as a colour can take it, else
  into the flat color;
- where the proposal already restacks within a tolerance, as a rule half the promised limit, it is
  left alone, so that noise of one level makes no speckle;
- an alpha within that tolerance of 1 counts as 1 where shading or ink lies on a flat.

Colours here are (3, ...) float32 planes, by band. The weight w is the line's weight in the pixel,
source = w ink + (1 - w) under, the same formula in opaque and half transparent pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.bands import map_bands
from engine.blending import FORMULAS, least_alpha, reachable, solve
from engine.compositing import Planes, composite_planes, quantize, to_planes, to_rgba
from engine.layers import COMPOSITIONS, BlendMode, Layer, LayerRole, LayerStack, Proposal, Rgba
from engine.reconstruction import (
    LIMIT,
    Tally,
    check_promise,
    error,
    sum_up,
    tally,
    tally_of_kept,
)

Floats = NDArray[np.float32]


def reconcile(
    proposal: Proposal,
    source: Rgba,
    composition: str,
    engine: str,
    progress: Callable[[float], None] | None = None,
    tolerance: float | None = None,
) -> LayerStack:
    """Make a proposal exact in a composition, where it lies: its arrays become the layers.

    Four more pictures of a large source would take half of the memory again. What cannot be written
    to, or is the source's own memory, is copied.

    Args:
        proposal: four pictures of the source's shape and dtype, in normal blending; spent after.
        source: (H, W, 4) uint8 or uint16, straight alpha.
        composition: a name of `COMPOSITIONS`.
        engine: the proposing engine's name, for the record.
        progress: gets the fraction done; may raise to stop.
        tolerance: a residue that is left alone, in [0, 1]; half the promised limit if None.

    Raises:
        ReconstructionError: the layers differ from the source by more than `LIMIT`.
    """
    modes = COMPOSITIONS[composition]
    layers = _own(proposal, source)
    slack = LIMIT[np.iinfo(source.dtype).bits] / 2 if tolerance is None else tolerance

    def work(rows: slice) -> Tally:
        plain, kept = _find_plain(layers, source, rows, slack)
        rest = np.flatnonzero(~plain)
        if not rest.size:
            return kept
        band = _Band.cut(layers, source, rows, rest, slack)
        solved = _solve_where_needed(band, modes)
        for role in LayerRole:
            _pixels(layers[role][rows])[rest] = _pixels(to_rgba(solved[role], source.dtype))
        return kept + tally(band.source, band.proposed, solved, modes, band.top)

    reconstruction = sum_up(map_bands(work, source.shape[0], source.shape[1], progress), source)
    check_promise(reconstruction, source)
    return LayerStack(
        layers=tuple(Layer(role, modes[role], layers[role]) for role in LayerRole),
        composition=composition,
        engine=engine,
        reconstruction=reconstruction,
    )


def _own(proposal: Proposal, source: Rgba) -> dict[LayerRole, Rgba]:
    """The four pictures, each in writable, contiguous memory of its own."""
    pictures = (proposal.flat_color, proposal.shadow, proposal.highlight, proposal.line_art)
    own: dict[LayerRole, Rgba] = {}
    for index, (role, picture) in enumerate(zip(LayerRole, pictures, strict=True)):
        shared = any(np.may_share_memory(picture, one) for one in (source, *pictures[:index]))
        own[role] = picture.copy() if shared else np.require(picture, requirements=["C", "W"])
    return own


def _find_plain(
    layers: Mapping[LayerRole, Rgba], source: Rgba, rows: slice, tolerance: float
) -> tuple[NDArray[np.bool_], Tally]:
    """Find where the flat alone restacks within the tolerance, or there is nothing at all.

    That is most of most pictures. Returns (H * W,) where, and how it compares with the source.
    """
    flat, shadow, highlight, line = (layers[role][rows] for role in LayerRole)
    alone = _pixels(shadow) | _pixels(highlight) | _pixels(line) == 0
    residue = np.maximum(source[rows], flat) - np.minimum(source[rows], flat)
    near = residue <= int(np.iinfo(source.dtype).max * tolerance)
    near = near[..., 0] & near[..., 1] & near[..., 2] & (residue[..., 3] == 0) & (flat[..., 3] > 0)
    shown = near.ravel() & alone
    nothing = (source[rows, :, 3].ravel() == 0) & (_pixels(flat) == 0) & alone
    differs = np.flatnonzero(shown & (_pixels(residue) > 0))
    kept = tally_of_kept(_chosen(source[rows], differs), _chosen(flat, differs))
    return shown | nothing, kept


def _pixels(rgba: Rgba) -> NDArray[Any]:
    """(H * W,) a contiguous picture with each pixel as one integer: quick to choose from."""
    return rgba.reshape(-1, 4).view(f"u{4 * rgba.itemsize}")[:, 0]


def _chosen(rgba: Rgba, where: NDArray[np.intp]) -> Rgba:
    """The pixels at these indices, as a picture of one row."""
    return _pixels(rgba)[where].view(rgba.dtype).reshape(1, -1, 4)


@dataclass(frozen=True)
class _Band:
    """A band of the source and of the proposal; `top` is the depth's largest integer.

    A residue within `tolerance`, in [0, 1], is left alone.
    """

    source: Planes
    flat: Planes
    shadow: Planes
    highlight: Planes
    line: Planes
    top: np.float32
    tolerance: float

    @classmethod
    def cut(
        cls,
        layers: Mapping[LayerRole, Rgba],
        source: Rgba,
        rows: slice,
        where: NDArray[np.intp],
        tolerance: float,
    ) -> _Band:
        """The pixels of some rows at these indices, as a band of one row."""

        def chosen(picture: Rgba) -> Planes:
            return to_planes(_chosen(picture[rows], where))

        flat, shadow, highlight, line = (chosen(layers[role]) for role in LayerRole)
        top = np.float32(np.iinfo(source.dtype).max)
        return cls(chosen(source), flat, shadow, highlight, line, top, tolerance)

    @property
    def proposed(self) -> dict[LayerRole, Planes]:
        """The proposal, by role."""
        pictures = (self.flat, self.shadow, self.highlight, self.line)
        return dict(zip(LayerRole, pictures, strict=True))

    def eased(self) -> _Band:
        """The band with pixels counted as opaque that nearly are and have more than a flat color.

        Merging at 8 bits leaves an alpha of 254: exact coverages would then forbid any ink over an
        opaque flat, and pepper it with holes. The premultiplied colour stays what it is.
        """
        least = 1 - 1.001 * self.tolerance
        above = np.maximum(np.maximum(self.line[3], self.shadow[3]), self.highlight[3])
        nearly = (self.source[3] >= least) & (self.flat[3] >= least) & (above > 0)
        if not nearly.any():
            return self
        source, flat = self.source.copy(), self.flat.copy()
        source[:3, nearly] *= source[3, nearly]
        source[3, nearly] = flat[3, nearly] = 1
        return replace(self, source=source, flat=flat)

    def __getitem__(self, where: NDArray[np.bool_]) -> _Band:
        """The chosen pixels, as a band of one row."""
        pictures = (self.source, self.flat, self.shadow, self.highlight, self.line)
        source, flat, shadow, highlight, line = (p[:, where][:, None] for p in pictures)
        return _Band(source, flat, shadow, highlight, line, self.top, self.tolerance)


def _solve_where_needed(
    band: _Band, modes: Mapping[LayerRole, BlendMode]
) -> dict[LayerRole, Planes]:
    """Solve gently, then again without slack where rounding broke the limit."""
    solved = _solve(band.eased(), modes, gentle=True)
    restacked = composite_planes((solved[role], modes[role]) for role in LayerRole)
    bad = error(restacked, band.source, band.top).max(axis=0) > band.tolerance * 1.001
    if bad.any():
        again = _solve(band[bad], modes, gentle=False)
        for role in LayerRole:
            solved[role][:, bad] = again[role][:, 0]
    return solved


def _solve(
    band: _Band, modes: Mapping[LayerRole, BlendMode], gentle: bool
) -> dict[LayerRole, Planes]:
    """Solve every pixel of a band.

    Gently: a residue within the tolerance is left alone and coverages are kept. Else: every
    residue is taken, and shading is put at full coverage, where hosts round least.
    """
    alpha = band.source[3]
    opaque = alpha >= 1
    line_alpha = np.minimum(band.line[3], alpha)
    weight = _ratio(line_alpha, alpha)
    shaded = _over(band.flat[:3], band.shadow)
    lit = np.where(opaque, _over(shaded, band.highlight), band.flat[:3])
    ink, under = _share(band, weight, lit, gentle)

    flat_alpha = quantize(_flat_alpha(alpha, line_alpha, band.flat[3]), band.top)
    flat = quantize(np.where(opaque, band.flat[:3], under), band.top)

    solver = _LayerSolver(opaque & (flat_alpha >= 1), band.top, gentle)
    target = _shadow_target(band, modes, flat, shaded, under)
    shadow, backdrop = solver.solve(modes[LayerRole.SHADOW], flat, target, band.shadow[3])
    highlight, backdrop = solver.solve(
        modes[LayerRole.HIGHLIGHT], backdrop, under, band.highlight[3]
    )
    if not gentle:
        ink = _unmix(band.source[:3], weight, backdrop)
    return {
        LayerRole.FLAT_COLOR: _layer(flat, flat_alpha),
        LayerRole.SHADOW: shadow,
        LayerRole.HIGHLIGHT: highlight,
        LayerRole.LINE_ART: _layer(quantize(ink, band.top), line_alpha),
    }


def _share(
    band: _Band, weight: Floats, proposed_under: Floats, gentle: bool
) -> tuple[Floats, Floats]:
    """Divide the source between ink and what lies under it: source = w ink + (1 - w) under.

    The ink takes the residue as far as a colour can; what it cannot express goes under it.
    """
    colour, proposed_ink = band.source[:3], band.line[:3]
    ink = _unmix(colour, weight, proposed_under)
    under = np.clip(_ratio(colour - weight * ink, 1 - weight), 0, 1)
    under = np.where(weight < 1, under, proposed_under)
    if not gentle:
        return ink, under
    residue = colour - proposed_under - weight * (proposed_ink - proposed_under)
    near = np.abs(residue).max(axis=0) <= band.tolerance
    return np.where(near, proposed_ink, ink), np.where(near, proposed_under, under)


def _unmix(colour: Floats, weight: Floats, under: Floats) -> Floats:
    """The ink that, at `weight` over `under`, makes `colour`, as far as a colour can."""
    return np.clip(_ratio(colour - (1 - weight) * under, weight), 0, 1)


def _flat_alpha(alpha: Floats, line_alpha: Floats, proposed: Floats) -> Floats:
    """The flat color's coverage: (1 - line)(1 - flat) = 1 - alpha.

    Under opaque ink any coverage restacks, so the proposed one stays: an outline may reach beyond
    the flat.
    """
    shared = np.clip(1 - _ratio(1 - alpha, 1 - line_alpha), 0, 1)
    return np.where(line_alpha >= 1, proposed, shared)


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
    alone = under
    if FORMULAS[modes[LayerRole.SHADOW]].lightens:
        darker = _luminance(under) < _luminance(flat)
        alone = np.where(darker | (band.shadow[3] > 0), under, flat)
    target = np.where(band.highlight[3] > 0, shaded, alone)
    if not FORMULAS[modes[LayerRole.HIGHLIGHT]].darkens:
        target = np.minimum(target, under)
    return target


@dataclass(frozen=True)
class _LayerSolver:
    """Solves one shading layer after the other over opaque pixels."""

    opaque: NDArray[np.bool_]
    """Where the flat color is."""
    top: np.float32
    gentle: bool

    def solve(
        self, mode: BlendMode, backdrop: Floats, target: Floats, proposed_alpha: Floats
    ) -> tuple[Planes, Floats]:
        """The layer, rounded, that makes `target` of `backdrop`, and what it really makes."""
        target = reachable(mode, backdrop, target)
        visible = self.opaque & (np.abs(target - backdrop).max(axis=0) * self.top > 0.5)
        if not visible.any():
            return np.zeros((4, *backdrop.shape[1:]), np.float32), backdrop
        alpha = np.ones_like(proposed_alpha)
        if self.gentle:
            alpha = np.maximum(proposed_alpha, least_alpha(backdrop, target))
            alpha = np.ceil(alpha * self.top - np.float32(1e-3)) / self.top
        alpha = np.where(visible, alpha, np.float32(0))
        colour = quantize(solve(mode, backdrop, target, alpha), self.top)
        after = backdrop + alpha * (FORMULAS[mode].blend(backdrop, colour) - backdrop)
        return _layer(colour, alpha), after


def _layer(colour: Floats, alpha: Floats) -> Planes:
    """Planes of a layer; colour under alpha 0 is 0."""
    out = np.empty((4, *alpha.shape), np.float32)
    out[:3] = np.where(alpha > 0, colour, np.float32(0))
    out[3] = alpha
    return out


def _over(backdrop: Floats, layer: Planes) -> Floats:
    """Normal blending of a straight layer on opaque colour."""
    if not layer[3].any():
        return backdrop
    return np.asarray(backdrop + layer[3] * (layer[:3] - backdrop), np.float32)


def _luminance(colour: Floats) -> Floats:
    """Rec. 709 weights on the encoded colour: an order of light and dark, no photometry."""
    weights = np.array([0.2126, 0.7152, 0.0722], np.float32)
    return np.asarray(np.tensordot(weights, colour, axes=1), np.float32)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; 0 where the denominator is 0."""
    out = np.zeros(np.broadcast_shapes(numerator.shape, denominator.shape), np.float32)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out
