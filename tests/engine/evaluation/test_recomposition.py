"""The raw recomposition, by figures that a hand can check."""

import numpy as np
import pytest

from engine import LayerRole, LayerStack, Proposal
from engine.evaluation import Scores, mean, score, score_proposal
from engine.evaluation.tables import Evaluation
from engine.illustration import draw_character
from engine.layers import ModelOutput
from tests.engine.evaluation.drawn_cases import normal_stack, plain

GRAY = plain((100, 100, 100, 255))
NOTHING = plain((0, 0, 0, 0))
EQUAL = {"psnr": 99, "ssim": 1, "lmse": 0, "mse": 0}


def proposal_of(flat: np.ndarray, **more: ModelOutput) -> Proposal:
    """Nothing but a flat color."""
    return Proposal(flat, NOTHING, NOTHING, NOTHING, **more)


def of_kind(kind: str, scores: Scores) -> dict:
    return {name.removeprefix(f"{kind}_"): value for name, value in scores.items() if kind in name}


@pytest.mark.parametrize("depth", [8, 16])
def test_an_exact_proposal_is_equal(depth: int) -> None:
    source = draw_character(40, 40, depth=depth).source
    nothing = np.zeros_like(source)
    scores = score_proposal(Proposal(source, nothing, nothing, nothing), source)
    assert of_kind("raw", scores) == pytest.approx(EQUAL, abs=1e-9)


def test_a_known_disturbance_gives_known_figures() -> None:
    """Half of the pixels are 51 of 255 too bright, in one of three channels."""
    flat = GRAY.copy()
    flat[::2, :, 0] += 51
    scores = score_proposal(proposal_of(flat), GRAY)
    assert scores["raw_mse"] == pytest.approx(0.2**2 / 2 / 3)
    assert scores["raw_psnr"] == pytest.approx(-10 * np.log10(0.2**2 / 2 / 3))
    assert 0 < scores["raw_lmse"] < 1
    assert scores["raw_ssim"] < 0.9


def test_transparent_pictures_are_compared_over_white() -> None:
    """A half covering black is middle gray; nothing at all is white."""
    half = plain((0, 0, 0, 51))
    scores = score_proposal(proposal_of(half), NOTHING)
    assert scores["raw_mse"] == pytest.approx(0.2**2)


def test_all_four_layers_count() -> None:
    clear = plain((40, 40, 40, 128))
    whole = Proposal(GRAY, NOTHING, NOTHING, clear)
    shown = (100 * 127 + 40 * 128) / 255
    scores = score_proposal(whole, GRAY)
    assert scores["raw_mse"] == pytest.approx(((100 - shown) / 255) ** 2, rel=1e-4)


def test_what_a_model_said_is_measured_at_its_own_size() -> None:
    """The model is off by a tenth at 3 x 5 pixels, what was made of it by a fifth at 40 x 40."""
    seen = np.full((3, 5, 4), 0.5, np.float32)
    said = {role: np.zeros_like(seen) for role in LayerRole}
    seen[..., 3] = 1
    said[LayerRole.FLAT_COLOR] = seen + np.array([0.1, 0.1, 0.1, 0], np.float32)
    flat = GRAY.copy()
    flat[..., :3] += 51
    scores = score_proposal(proposal_of(flat, model_output=ModelOutput(seen, said)), GRAY)
    assert scores["raw_psnr"] == pytest.approx(20, abs=1e-4)
    assert scores["raw_mse"] == pytest.approx(0.01, rel=1e-4)
    assert scores["lifted_mse"] == pytest.approx(0.04, rel=1e-4)


def test_of_finished_layers_the_stack_itself_is_all_that_there_is() -> None:
    drawn = draw_character(48, 48)
    stack: LayerStack = normal_stack(drawn.layers)
    scores = score(stack, drawn.source, None, None)
    assert of_kind("raw", scores) == {
        name: scores[f"recompose_{name}"] for name in ("psnr", "ssim", "lmse", "mse")
    }
    assert scores["lifted_psnr"] is None


def test_two_rows_stand_in_one_table() -> None:
    off = GRAY.copy()
    off[..., :3] += 51
    rows = {
        name: score_proposal(proposal_of(flat), GRAY) for name, flat in (("a", GRAY), ("b|c", off))
    }
    unknown = mean([])
    evaluation = Evaluation(
        "normal", scores={name: {"one": unknown | row} for name, row in rows.items()}
    )
    title, _, *table = evaluation.as_markdown().splitlines()
    assert title == "Raw recomposition over white, mean of 1:"
    assert table[0] == "|  | PSNR ↑ | SSIM ↑ | LMSE ↓ | MSE ↓ |"
    assert table[2] == "| a | 99.00 | 1.0000 | 0.0000 | 0.0000 |"
    assert table[3].startswith("| b\\|c | 13.98 | 0.9")
    assert table[3].endswith(" | 0.0000 | 0.0400 |")
    assert list(evaluation.as_json()["recomposition"]) == ["a", "b|c"]


def test_a_model_has_a_second_row_for_what_is_lifted() -> None:
    row = mean([]) | {"raw_psnr": 20.0, "lifted_psnr": 10.0, "lifted_mse": 0.1}
    table = Evaluation("normal", scores={"ours": {"one": row}}).as_markdown()
    assert "| ours | 20.00 | - | - | - |" in table
    assert "| ours, lifted | 10.00 | - | - | 0.1000 |" in table
