"""Blend formulas against exact vectors, their inverses, and psd-tools as a second opinion."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from psd_tools.composite import blend as psd_blend

from engine import BlendMode
from engine.blending import FORMULAS, least_alpha, reachable, solve
from engine.compositing import blend_over

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "blend.json").read_text())


def pixel(colour: float, alpha: float) -> np.ndarray:
    return np.array([colour, colour, colour, alpha], np.float32).reshape(4, 1, 1)


@pytest.mark.parametrize("group", VECTORS, ids=lambda group: group["mode"])
def test_vectors(group):
    for case in group["tests"]:
        backdrop = pixel(case["cb"] * case["alpha_b"], case["alpha_b"])
        source = pixel(case["cs"], case["alpha_s"])
        out = blend_over(backdrop, source, BlendMode(group["mode"]))
        assert out[0, 0, 0] == pytest.approx(case["premultiplied"], abs=1e-7), case
        assert out[3, 0, 0] == pytest.approx(case["alpha"], abs=1e-7), case


def test_every_blend_mode_has_vectors_and_a_formula():
    assert {group["mode"] for group in VECTORS} == set(BlendMode) == set(FORMULAS)


@pytest.mark.parametrize(
    ("mode", "second_opinion"),
    [
        (BlendMode.NORMAL, psd_blend.normal),
        (BlendMode.MULTIPLY, psd_blend.multiply),
        (BlendMode.SCREEN, psd_blend.screen),
        (BlendMode.LIGHTEN, psd_blend.lighten),
        (BlendMode.DARKEN, psd_blend.darken),
        (BlendMode.LINEAR_DODGE, psd_blend.linear_dodge),
    ],
)
def test_psd_tools_agrees(mode, second_opinion):
    levels = np.linspace(0, 1, 256, dtype=np.float32)
    cb, cs = np.meshgrid(levels, levels)
    np.testing.assert_allclose(FORMULAS[mode].blend(cb, cs), second_opinion(cb, cs), atol=1e-6)


unit = st.integers(0, 65535).map(lambda level: np.float32(level / 65535))
"""Colours and coverages as pictures have them, at the finer depth."""
colours = hnp.arrays(np.float32, (3, 8), elements=unit)


@pytest.mark.parametrize("mode", BlendMode)
@given(cb=colours, wish=colours, more=unit)
def test_the_inverse_makes_the_target(mode, cb, wish, more):
    target = reachable(mode, cb, wish)
    alpha = np.maximum(least_alpha(cb, target), more)
    cs = solve(mode, cb, target, alpha)
    made = cb + alpha * (FORMULAS[mode].blend(cb, cs) - cb)
    assert cs.min() >= 0
    assert cs.max() <= 1
    np.testing.assert_allclose(made, target, atol=2e-6)


@pytest.mark.parametrize("mode", BlendMode)
@given(cb=colours, wish=colours)
def test_reachable_targets_are_the_nearest(mode, cb, wish):
    levels = np.linspace(0, 1, 33, dtype=np.float32)[:, None, None]
    nearest = np.abs(FORMULAS[mode].blend(cb, np.broadcast_to(levels, (33, 3, 8))) - wish).min(0)
    assert (np.abs(reachable(mode, cb, wish) - wish) <= nearest + 1e-6).all()
