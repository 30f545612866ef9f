import csv
import io
import json
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from engine import BlendMode, Layer, LayerRole, LayerStack, Proposal, Rgba, load
from engine.evaluation import MEASURES, Scores, mean, score
from engine.evaluation.sheets import COLUMNS, case_sheet
from engine.evaluation.tables import Evaluation
from engine.files import Picture
from engine.illustration import draw_character
from tests.engine.evaluation.drawn_cases import normal_stack, plain, truth_of

DRAWN = draw_character(128, 128, seed=1)


def test_the_true_layers_score_full_marks() -> None:
    scores = score(normal_stack(DRAWN.layers), DRAWN.source, truth_of(DRAWN.layers), 1.5)
    assert list(scores) == list(MEASURES)
    assert scores["seconds"] == 1.5
    assert scores["recompose_maxerr"] <= 1
    assert scores["recompose_psnr"] > 50
    assert scores["recompose_ssim"] == pytest.approx(1, abs=1e-3)
    assert scores["flat_exact"] == 1


def test_the_builtin_engine_restacks_and_finds_the_lines() -> None:
    stack = load("builtin").decompose(DRAWN.source)
    scores = score(stack, DRAWN.source, truth_of(DRAWN.layers), None)
    assert scores["recompose_maxerr"] <= 2.5
    assert scores["recompose_psnr"] > 40
    assert scores["line_f1"] > 0.6
    assert scores["flat_exact"] > 0.5


def test_without_truth_only_the_picture_is_measured() -> None:
    scores = score(normal_stack(DRAWN.layers), DRAWN.source, None, None)
    known = {name for name, value in scores.items() if value is not None}
    assert {MEASURES[name].group for name in known} == {"Raw", "Restacked"}


def test_a_missing_layer_is_seen_in_the_restacked_picture() -> None:
    whole = normal_stack(DRAWN.layers)
    empty = Layer(LayerRole.LINE_ART, BlendMode.NORMAL, np.zeros_like(DRAWN.source))
    without = LayerStack((*whole.layers[:3], empty), "normal", "part", whole.reconstruction)
    better, worse = (score(stack, DRAWN.source, None, None) for stack in (whole, without))
    assert worse["recompose_psnr"] < better["recompose_psnr"]
    assert worse["recompose_ssim"] < better["recompose_ssim"]
    assert worse["recompose_lmse"] > better["recompose_lmse"]


def scores_with(**values: float | None) -> Scores:
    return dict.fromkeys(MEASURES, None) | values


def evaluation() -> Evaluation:
    """Two engines, of which one has no layers for the case "c"."""
    ours = {
        "a": scores_with(line_f1=0.5, shadow_iou=None),
        "b": scores_with(line_f1=1.0, shadow_iou=0.25),
        "c": scores_with(line_f1=0.0),
    }
    theirs = {"a": scores_with(line_f1=0.1), "b": scores_with(line_f1=0.3)}
    return Evaluation("production", scores={"ours": ours, "theirs": theirs})


def test_means_are_over_what_is_measured() -> None:
    assert mean([scores_with(line_f1=0.5), scores_with(line_f1=None)])["line_f1"] == 0.5
    assert mean([])["line_f1"] is None


def test_engines_are_compared_on_the_cases_that_all_have() -> None:
    means = evaluation().means
    assert means["ours"]["line_f1"] == pytest.approx(0.75)
    assert means["ours"]["shadow_iou"] == 0.25
    assert means["theirs"]["line_f1"] == pytest.approx(0.2)


def test_json_and_csv_hold_every_score() -> None:
    told = json.loads(json.dumps(evaluation().as_json()))
    assert told["engines"]["ours"]["cases"]["c"]["line_f1"] == 0
    assert told["mean_over"] == ["a", "b"]
    rows = list(csv.DictReader(io.StringIO(evaluation().as_csv())))
    assert [(row["engine"], row["case"]) for row in rows] == [
        *(("ours", case) for case in "abc"),
        *(("theirs", case) for case in "ab"),
        ("ours", "MEAN"),
        ("theirs", "MEAN"),
    ]
    assert rows[1]["shadow_iou"] == "0.25"
    assert rows[0]["shadow_iou"] == ""


def test_text_leaves_out_what_nobody_measured() -> None:
    lines = evaluation().as_text().splitlines()
    assert lines[0].split() == ["ours", "theirs"]
    assert [line.split() for line in lines[1:]] == [
        ["Line", "art,", "F1", "0.750", "0.200"],
        ["Shadow,", "IoU", "0.250", "-"],
    ]


def test_sheet_has_a_row_for_the_truth_and_one_for_each_engine() -> None:
    stack = load("builtin").decompose(DRAWN.source)
    scores = score(stack, DRAWN.source, truth_of(DRAWN.layers), None)
    picture, found = Picture(DRAWN.source), {"one": (stack, scores), "two": (stack, scores)}
    heights = {}
    for truth in (None, truth_of(DRAWN.layers)):
        sheet = Image.open(io.BytesIO(case_sheet(picture, truth, found)))
        heights[truth is None] = sheet.height
        assert sheet.width > COLUMNS * 128
    assert heights[False] / heights[True] == pytest.approx(1.5, abs=0.1)


def test_sheet_shows_what_blend_modes_make() -> None:
    """A gray that multiplies half of a red flat is shown as the dark red that it makes."""
    source = plain((200, 0, 0, 255))
    source[:, 20:] = (100, 0, 0, 255)
    shadow: Rgba = plain((0, 0, 0, 0))
    shadow[:, 20:] = (128, 128, 128, 255)
    flat, nothing = plain((200, 0, 0, 255)), plain((0, 0, 0, 0))
    modes = (BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.NORMAL, BlendMode.NORMAL)
    layers = zip(LayerRole, modes, (flat, shadow, nothing, nothing), strict=True)
    stack = LayerStack(
        tuple(Layer(*layer) for layer in layers), "", "", normal_stack(DRAWN.layers).reconstruction
    )
    scores = score(stack, source, None, None)
    sheet = Image.open(io.BytesIO(case_sheet(Picture(source), None, {"one": (stack, scores)})))
    colors = {color for _, color in sheet.convert("RGB").getcolors(1 << 16) or []}
    assert (100, 0, 0) in colors
    assert (128, 128, 128) not in colors


def test_scoring_takes_no_memory_but_its_bands() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (2000, 250, 4), np.uint8)
    layers = Proposal(noise, noise[::-1], noise[:, ::-1], noise[::-1, ::-1])
    tracemalloc.start()
    score(normal_stack(layers), noise, truth_of(layers), None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * noise.nbytes  # as floats, the picture and its layers alone take 40
