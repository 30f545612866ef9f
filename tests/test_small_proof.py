"""The small proof: its pixels, its network's beginning, a trial from end to end, and the table."""

import json

import numpy as np
import pytest
import torch

from benchmarks.small_proof import pictures, trial
from benchmarks.small_proof.network import untrained
from benchmarks.small_proof.pictures import SIDE, SPREAD, draw, latents_of, picture_of, prepare
from benchmarks.small_proof.table import note, order, read_log, table
from benchmarks.small_proof.trial import VARIANTS, Trial
from engine.diffusion.frames import FrameLayout
from engine.illustration import draw_character
from engine.training.adapter.prepared import Prepared


def test_latents_lose_nothing_of_a_picture():
    rgba = draw_character(SIDE, SIDE, 5).source
    picture = picture_of(latents_of(rgba))
    alpha = rgba[..., 3]
    assert np.abs(picture[alpha > 4] * 255 - rgba[alpha > 4]).max() < 0.01
    assert not picture[alpha < 4].any()


def test_latents_of_layers_have_no_mean_and_the_spread_that_is_said():
    layers = torch.stack([latents_of(layer) for _, *four in draw(range(24), 1) for layer in four])
    assert abs(layers.mean().item()) < 0.05
    assert layers.std().item() == pytest.approx(SPREAD, rel=0.05)


def test_an_untrained_network_says_that_all_is_noise():
    tokens = torch.randn(1, 5 * 64, 64)
    with torch.no_grad():
        said = untrained(0)(
            hidden_states=tokens,
            timestep=torch.ones(1),
            encoder_hidden_states=torch.ones(1, 1, pictures.TEXT_CHANNELS),
            encoder_hidden_states_mask=None,
            img_shapes=FrameLayout.LAYERS.shapes(8, 8),
            additional_t_cond=torch.zeros(1, dtype=torch.long),
            return_dict=False,
        )[0]
    assert torch.corrcoef(torch.stack([said.flatten(), tokens.flatten()]))[0, 1] > 0.99


@pytest.fixture
def few(monkeypatch, tmp_path):
    """Three pictures to train on, prepared."""
    monkeypatch.setattr(pictures, "TRAINED", range(3))
    prepare(tmp_path / "prepared", 1)
    return tmp_path


def test_a_trial_trains_and_is_judged_on_pictures_it_never_saw(few, monkeypatch):
    monkeypatch.setattr(trial, "STEPS", 2)
    unseen = list(draw([9], 1))
    full, other = (
        Trial(variant, seed=1, steps=1).run(few / "prepared", unseen, few)
        for variant in ("full", "without_lse")
    )
    assert {"psnr", "ssim", "lmse", "mse", "line_art_psnr"} < full.keys()
    assert full["psnr"] != other["psnr"]


def test_each_picture_is_trained_on_as_drawn_and_mirrored(few):
    prepared = Prepared(few / "prepared")
    one, other = (picture_of(prepared[place].picture) for place in (0, 1))
    assert len(prepared) == 6
    assert np.array_equal(one, other[:, ::-1])


def test_variants_differ_in_what_they_leave_out_alone():
    recipes = {variant: Trial(variant, 3).recipe.model_dump() for variant in VARIANTS}
    full = recipes["full"]
    assert recipes["without_lse"] == full | {"embedding": {"enabled": False}}
    plain = full["loss"] | {"kind": "plain"}
    assert recipes["without_layerwise_loss"] == full | {"loss": plain}


def entry(variant, seed, psnr, lmse=0.001):
    return {
        **{"variant": variant, "seed": seed, "steps": 5, "psnr": psnr, "ssim": 0.9},
        **{"lmse": lmse, "mse": 0.001},
    }


def test_the_log_keeps_failures(tmp_path):
    log = tmp_path / "log.jsonl"
    note(log, entry("full", 0, 28.0))
    note(log, {"variant": "full", "seed": 1, "error": "it overflowed"})
    assert [json.loads(line)["seed"] for line in log.read_text().splitlines()] == [0, 1]
    assert read_log(log)[1]["error"] == "it overflowed"


def test_the_table_has_means_over_seeds():
    said = table([entry("full", seed, psnr) for seed, psnr in enumerate((28.0, 30.0))])
    row = next(line for line in said.splitlines() if line.startswith("| ours"))
    assert row == (
        "| ours | 2 | 29.00 ± 1.41 | 0.9000 ± 0.0000 | 0.0010 ± 0.0000 | 0.0010 ± 0.0000 | "
        "27.79, 0.9254, 0.0017 |"
    )


def test_the_order_compares_seed_by_seed():
    ours = [entry("full", 0, 28.0), entry("full", 1, 29.0), entry("full", 2, 30.0)]
    theirs = [entry("without_lse", 0, 27.0, 0.002), entry("without_lse", 1, 29.5, 0.0005)]
    assert order(ours + theirs).splitlines() == [
        "Better than w/o LSE: PSNR 1 of 2, SSIM 0 of 2, LMSE 1 of 2, MSE 0 of 2.",
        "Better than w/o LW-Loss: PSNR 0 of 0, SSIM 0 of 0, LMSE 0 of 0, MSE 0 of 0.",
    ]
