"""The guide: what the model said of each of its pixels, cleaned, to lift layers by.

The model's layers come through a VAE: soft by about a pixel, noisy by a few levels, with colours of
no meaning where a layer is empty. What can be put right at the model's size is put right here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.diffusion.fitting import Fit, Floats, fit, resize, straight
from engine.diffusion.flats import settle
from engine.layers import LayerRole, Rgba

Mask = NDArray[np.bool_]

EMPTY, FULL = 0.03, 0.97
"""Coverage that is none, and that is all: what noise makes of 0 and 1."""
SURE = 0.9
"""Coverage whose colour is believed; below, the colour is that of surer pixels nearby."""
PLAIN = 0.1
"""Coverage by lines that is surely meant."""
THICK = 0.8
"""Coverage where a line is as wide as the guide's pixels: there its ink is bare."""
MIXED = 2
"""How many times larger pixels show mixtures of the flats beside them."""
REACH = 2
"""How far, in pixels of the guide, what is true of a pixel of the canvas may lie from it."""


@dataclass(frozen=True)
class Guide:
    """The model's layers at its own size, or the canvas's where that is smaller."""

    labels: NDArray[np.int32]
    """(h, w) the region's flat color as a number; -1 where there is none"""
    colours: Floats
    """(3, n + 1) what the numbers stand for, the last one for none"""
    drawn: Floats
    """(3, h, w) the flat color as the model drew it, soft at its borders"""
    shading: Floats
    """(8, h, w) shadow and highlight, premultiplied"""
    shown: Floats
    """(3, h, w) the picture without its lines"""
    ink: Floats
    """(3, h, w) the colour of the line that is near"""
    line: Floats
    """(h, w) the lines' coverage"""

    soft: float
    """How far the model's softness reaches, in pixels of the guide, against its own"""

    @classmethod
    def of(cls, layers: Mapping[LayerRole, Floats], placed: Fit, rgba: Rgba) -> Guide:
        """Clean the model's layers, (h, w, 4) of a frame's size each, straight alpha."""
        source = placed.cut(fit(rgba)[0])
        drawn = {role: _valid(placed.cut(layers[role])) for role in LayerRole}
        flat, line = drawn[LayerRole.FLAT_COLOR], _cleaned(drawn[LayerRole.LINE_ART])
        shadow, highlight = (
            _cleaned(drawn[role]) for role in (LayerRole.SHADOW, LayerRole.HIGHLIGHT)
        )
        lost = (flat[..., 3] < 0.5) & (source[..., 3] >= 0.5) & (line[..., 3] < 0.5)
        flat[lost] = source[lost]
        bare = np.maximum(np.maximum(line[..., 3], shadow[..., 3]), highlight[..., 3]) == 0
        labels, colours = settle(flat, source, bare & (source[..., 3] > FULL))
        shown = _over(_over(colours[labels], shadow), highlight)
        size = (
            min(placed.canvas[0], placed.content[0]),
            min(placed.canvas[1], placed.content[1]),
        )
        labels, colours = _coarser(labels, colours, size)
        ink = _reduced(_premultiplied(line), size)
        return cls(
            labels=labels,
            colours=colours.T.copy(),
            drawn=_planes(_reduced(flat[..., :3], size)),
            shading=np.concatenate(
                [_planes(_reduced(_premultiplied(one), size)) for one in (shadow, highlight)]
            ),
            shown=_planes(_reduced(shown, size)),
            ink=_planes(straight(ink)[..., :3]),
            line=ink[..., 3].copy(),
            soft=size[0] / placed.content[0],
        )

    @cached_property
    def inked(self) -> Mask:
        """(h, w) where a line may be: as far as the guide's lines reach."""
        return np.asarray(_most(self.line) > PLAIN)

    @cached_property
    def thick(self) -> Mask:
        """(h, w) where a line is near that is as wide as the guide's pixels."""
        return np.asarray(_most(self.line) > THICK)

    @cached_property
    def busy(self) -> Mask:
        """(h, w) where what is near is not all alike."""
        labels, minus = self.labels.astype(np.float32), -self.labels.astype(np.float32)
        shaded = [_most(plane) + _most(-plane) > PLAIN / 2 for plane in self.shading]
        return np.asarray(self.inked | (_most(labels) > -_most(minus)) | np.any(shaded, axis=0))


def _most(picture: Floats) -> Floats:
    """The largest value within `REACH`."""
    return np.asarray(cv2.dilate(picture, np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)))


def _planes(picture: Floats) -> Floats:
    """(h, w, C) -> (C, h, w), contiguous."""
    return np.ascontiguousarray(np.moveaxis(picture, -1, 0))


def _coarser(
    labels: NDArray[np.int32], colours: Floats, size: tuple[int, int]
) -> tuple[NDArray[np.int32], Floats]:
    """Labels at a size that is no larger; where pixels become much larger they are mixtures."""
    coarse = cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST).astype(np.int32)
    if MIXED * size[0] > labels.shape[0]:
        return coarse, colours
    mean = _reduced(colours[labels], size)
    mixed = np.abs(mean - colours[coarse]).max(axis=-1) > EMPTY
    coarse[mixed] = len(colours) - 1 + np.arange(mixed.sum())
    return coarse, np.concatenate([colours[:-1], mean[mixed], colours[-1:]])


def _valid(picture: Floats) -> Floats:
    return np.clip(np.nan_to_num(picture), 0, 1)


def _reduced(picture: Floats, size: tuple[int, int]) -> Floats:
    """(h, w, C) at a size that is no larger."""
    return picture if picture.shape[:2] == size else resize(picture, size)


def _cleaned(layer: Floats) -> Floats:
    """A layer without faint coverage, and with colours of sure pixels around unsure ones."""
    alpha = (layer[..., 3] - EMPTY) / (FULL - EMPTY)
    alpha = np.clip(alpha, 0, 1)
    weight = alpha[..., None] ** 4
    near = (5, 5)
    mass = cv2.blur(weight, near)[..., None]
    mean = cv2.blur(layer[..., :3] * weight, near) / np.maximum(mass, 1e-12)
    unsure = (alpha < SURE)[..., None] & (mass > 1e-8)
    colour = np.where(unsure, mean, layer[..., :3])
    return np.concatenate([colour, alpha[..., None]], axis=-1).astype(np.float32)


def _over(colour: Floats, layer: Floats) -> Floats:
    return np.asarray(colour + layer[..., 3:] * (layer[..., :3] - colour), np.float32)


def _premultiplied(layer: Floats) -> Floats:
    out = layer.copy()
    out[..., :3] *= out[..., 3:]
    return out
