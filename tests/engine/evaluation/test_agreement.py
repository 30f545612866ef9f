from dataclasses import replace

import numpy as np
import pytest

import engine.bands
from engine import BlendMode, Layer, LayerRole, Proposal, Rgba
from engine.evaluation.agreement import Scores, agreement
from engine.evaluation.cases import Truth
from engine.illustration import draw_character
from tests.engine.evaluation.drawn_cases import normal_stack, plain, truth_of

SKIN, SHADE, LIT, INK, NOTHING = (
    (200, 150, 100, 255),
    (100, 75, 50, 255),
    (240, 220, 200, 255),
    (0, 0, 0, 255),
    (0, 0, 0, 0),
)


def squares() -> Proposal:
    """40 x 40: a flat, with a square of shadow, one of highlight, and a line of three pixels."""
    layers = Proposal(plain(SKIN), plain(NOTHING), plain(NOTHING), plain(NOTHING))
    layers.shadow[2:12, 2:12] = SHADE
    layers.highlight[28:38, 28:38] = LIT
    layers.line_art[:, 20:23] = INK
    return layers


def scores_of(found: Proposal, true: Proposal) -> Scores:
    return agreement({layer.role: layer for layer in normal_stack(found)}, truth_of(true))


def test_true_layers_agree_with_themselves() -> None:
    layers = draw_character(160, 160).layers
    assert scores_of(layers, layers) == {
        "line_f1": pytest.approx(1),
        "line_spurious": 0,
        "flat_psnr": 99,
        "flat_exact": 1,
        "shadow_iou": pytest.approx(1),
        "shadow_spurious": None,
        "highlight_iou": pytest.approx(1),
        "highlight_spurious": None,
    }


def test_lines_may_be_one_pixel_off_and_no_more() -> None:
    layers = squares()
    for shift, f1 in ((1, 1.0), (4, 0.0), (2, 2 / 3)):
        moved = replace(layers, line_art=np.roll(layers.line_art, shift, axis=1))
        assert scores_of(moved, layers)["line_f1"] == pytest.approx(f1)


def test_ink_far_from_lines_is_spurious() -> None:
    layers, inked = squares(), squares()
    inked.line_art[:, 30] = (0, 0, 0, 20)
    far = 40 * 40 - 40 * (3 + 2 * 3)
    assert scores_of(inked, layers)["line_spurious"] == pytest.approx(40 / far)
    inked.line_art[:, 30] = (0, 0, 0, 12)
    assert scores_of(inked, layers)["line_spurious"] == 0


def test_line_art_on_white_paper_counts_by_its_darkness() -> None:
    layers = squares()
    paper = np.where(layers.line_art[..., 3:] > 0, layers.line_art, np.uint8(255))
    found = {layer.role: layer for layer in normal_stack(layers)}
    for mode in (BlendMode.NORMAL, BlendMode.MULTIPLY):
        found[LayerRole.LINE_ART] = Layer(LayerRole.LINE_ART, mode, paper)
        assert agreement(found, truth_of(layers))["line_f1"] == 1


def test_no_lines_are_right_only_where_there_are_none() -> None:
    layers = squares()
    without = replace(layers, line_art=plain(NOTHING))
    assert scores_of(without, layers)["line_f1"] == 0
    assert scores_of(layers, without)["line_f1"] == 0
    assert scores_of(without, without)["line_f1"] == 1


def test_flats_are_the_same_within_eight_levels() -> None:
    layers = squares()
    for step, share in ((8, 1.0), (9, 0.75)):
        other = squares()
        other.flat_color[:10, :, 0] += step
        assert scores_of(other, layers)["flat_exact"] == pytest.approx(share)
    error = (9 / 255) ** 2 / 4 / 3
    assert scores_of(other, layers)["flat_psnr"] == pytest.approx(-10 * np.log10(error), abs=1e-3)


def test_half_a_shadow_is_half() -> None:
    layers, half = squares(), squares()
    half.shadow[2:7] = 0
    assert scores_of(half, layers)["shadow_iou"] == pytest.approx(0.5)
    half.shadow[2:12, 2:12] = (*SHADE[:3], 128)
    assert scores_of(half, layers)["shadow_iou"] == pytest.approx(0.5, abs=5e-3)


def test_blend_modes_are_seen_by_what_they_do() -> None:
    layers = squares()
    found = {layer.role: layer for layer in normal_stack(layers)}
    gray = np.where(layers.shadow[..., 3:] > 0, np.uint8([128, 128, 128, 255]), np.uint8(0))
    found[LayerRole.SHADOW] = Layer(LayerRole.SHADOW, BlendMode.MULTIPLY, gray)
    assert agreement(found, truth_of(layers))["shadow_iou"] == pytest.approx(1, abs=0.01)


def test_what_is_made_up_is_told() -> None:
    layers = squares()
    plain_art = replace(layers, shadow=plain(NOTHING), highlight=plain(NOTHING))
    scores = scores_of(layers, plain_art)
    off_lines = 40 * 40 - 40 * 5
    assert scores["shadow_iou"] is scores["highlight_iou"] is None
    assert scores["shadow_spurious"] == pytest.approx(100 / off_lines)
    assert scores["highlight_spurious"] == pytest.approx(100 / off_lines)


def softened(truth: Truth, rows: slice) -> Truth:
    soft = plain(NOTHING)
    soft[rows] = (255, 0, 0, 128)
    return replace(truth, soft=soft)


def test_blush_is_not_judged() -> None:
    layers, wrong = squares(), squares()
    wrong.flat_color[:20] = LIT
    found = {layer.role: layer for layer in normal_stack(wrong)}
    assert agreement(found, truth_of(layers))["flat_exact"] == pytest.approx(0.5)
    without = agreement(found, softened(truth_of(layers), slice(0, 20)))
    assert (without["flat_exact"], without["flat_psnr"]) == (1, 99)


def test_without_true_flats_nothing_is_judged_but_lines() -> None:
    layers = squares()
    empty: Rgba = plain(NOTHING)
    scores = scores_of(layers, replace(layers, flat_color=empty))
    assert scores.pop("line_f1") == 1
    assert set(scores.values()) == {None}


def test_bands_look_at_their_neighbours_and_count_none_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line at the first row of every band that there may be, found one row above."""
    layers = draw_character(40, 420).layers
    found, true = (replace(layers, line_art=np.zeros_like(layers.line_art)) for _ in range(2))
    true.line_art[4::4] = INK
    found.line_art[3:-1:4] = INK
    monkeypatch.setattr(engine.bands, "BAND_PIXELS", 40)
    by_bands = scores_of(found, true)
    monkeypatch.setattr(engine.bands, "BAND_PIXELS", 40 * 420)
    assert by_bands == pytest.approx(scores_of(found, true), abs=1e-9)
    assert by_bands["line_f1"] == 1
