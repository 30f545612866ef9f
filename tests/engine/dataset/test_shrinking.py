"""Layers made smaller restack to the smaller picture."""

import cv2
import numpy as np
import pytest

from engine.compositing import difference, to_rgba, unpremultiply
from engine.dataset.painting import Box, Painting
from engine.dataset.parts import restacked
from engine.dataset.sample import restack
from engine.dataset.shrinking import Fit, Shrinking, area_means
from engine.layers import LayerRole


def painting_of(rng, box):
    """Four soft layers over one another."""
    painting = Painting(box)
    for role in LayerRole:
        noise = rng.random((4, 9, 9)).astype(np.float32)
        planes = np.stack([cv2.resize(plane, box.shape[::-1]) for plane in noise])
        planes[3] = np.clip((planes[3] - 0.5) * 4 + 0.5, 0, 1)
        planes[:3] *= planes[3]
        painting.layers[role] = planes
    painting.look = restacked(painting.layers)
    return painting


@pytest.mark.parametrize("size", [(30, 40), (64, 64), (17, 200), (500, 23)])
def test_the_mean_of_the_picture_is_what_small_layers_restack_to(size):
    width, height = 96, 144
    fit = Fit(*size)
    whole = painting_of(np.random.default_rng(0), Box(0, 0, height, width))
    shrinking = Shrinking(width, height, fit)
    shrinking.add(whole)
    layers = shrinking.layers()
    rows, columns = fit.inner(width, height)
    mean = np.einsum(
        "ih,chw,jw->cij", area_means(height, rows), whole.look, area_means(width, columns)
    )
    top, left = (fit.height - rows) // 2, (fit.width - columns) // 2
    expected = np.zeros((fit.height, fit.width, 4), np.uint8)
    small = to_rgba(unpremultiply(mean.astype(np.float32)).clip(0, 1), np.dtype(np.uint8))
    expected[top : top + rows, left : left + columns] = small
    # Four layers are rounded to bytes, each in colour and in coverage.
    assert difference(restack(layers), expected).max() < 4 / 255


def test_strips_add_up():
    width, height = 50, 77
    whole = painting_of(np.random.default_rng(1), Box(0, 0, height, width))
    at_once, by_strips = (Shrinking(width, height, Fit(20, 30)) for _ in range(2))
    at_once.add(whole)
    for top in range(0, height, 13):
        strip = Painting(Box(top, 0, min(top + 13, height), width))
        strip.layers = {role: planes[:, top : top + 13] for role, planes in whole.layers.items()}
        by_strips.add(strip)
    for role, layer in at_once.layers().items():
        assert np.abs(layer.astype(int) - by_strips.layers()[role]).max() <= 1


def test_a_picture_keeps_its_proportions_in_the_middle_and_is_never_enlarged():
    assert Fit(768, 1152).inner(2000, 3000) == (1152, 768)
    assert Fit(768, 1152).inner(4000, 1000) == (192, 768)
    assert Fit(768, 1152).inner(400, 300) == (300, 400)
    painting = Painting(Box(0, 0, 10, 10))
    painting.layers[LayerRole.FLAT_COLOR] = np.ones((4, 10, 10), np.float32)
    shrinking = Shrinking(10, 10, Fit(20, 30))
    shrinking.add(painting)
    flat = shrinking.layers()[LayerRole.FLAT_COLOR]
    assert (flat[10:20, 5:15] == 255).all()
    assert flat.sum() == 100 * 4 * 255


def test_flats_under_lines_are_not_forgotten():
    painting = Painting(Box(0, 0, 8, 8))
    flat, ink = np.ones((4, 8, 8), np.float32), np.zeros((4, 8, 8), np.float32)
    flat[:3] = np.array([0.8, 0.4, 0.2])[:, None, None]
    ink[3] = 1
    painting.layers = {LayerRole.FLAT_COLOR: flat, LayerRole.LINE_ART: ink}
    shrinking = Shrinking(8, 8, Fit(4, 4))
    shrinking.add(painting)
    assert (shrinking.layers()[LayerRole.FLAT_COLOR] == [204, 102, 51, 255]).all()


@pytest.mark.parametrize(("length", "fewer"), [(10, 10), (10, 5), (10, 3), (7, 6), (5, 1)])
def test_area_means_are_means(length, fewer):
    weights = area_means(length, fewer)
    assert np.allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert np.allclose(weights.sum(axis=0), fewer / length, atol=1e-6)
    row = np.random.default_rng(2).random((1, length)).astype(np.float32)
    by_opencv = cv2.resize(row, (fewer, 1), interpolation=cv2.INTER_AREA)
    assert np.allclose(weights @ row[0], by_opencv[0], atol=1e-5)
