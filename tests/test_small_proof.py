"""The small proof: its pixels, its network's beginning, trials from end to end, log and table."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.small_proof import __main__ as command
from benchmarks.small_proof import pictures, trial
from benchmarks.small_proof.judgement import KINDS, judge, nearest
from benchmarks.small_proof.log import Entry, note, read_log
from benchmarks.small_proof.network import untrained
from benchmarks.small_proof.pictures import (
    SIDE,
    SPREAD,
    draw,
    latents_of,
    picture_of,
    prepare,
)
from benchmarks.small_proof.table import ABLATIONS, FULL, NEAREST, order, table
from benchmarks.small_proof.trial import Trial
from engine.diffusion.frames import FrameLayout
from engine.illustration import draw_character
from engine.training.adapter.prepared import Prepared, PreparedUnusable


def test_latents_lose_nothing_of_a_picture():
    rgba = draw_character(SIDE, SIDE, 5).source
    picture = picture_of(latents_of(rgba))
    alpha = rgba[..., 3]
    assert np.abs(picture[alpha > 4] * 255 - rgba[alpha > 4]).max() < 0.01
    assert not picture[alpha < 4].any()


def test_latents_of_layers_have_no_mean_and_the_spread_that_is_said():
    layers = [latents_of(layer) for drawing in draw(range(24), 1) for layer in drawing.layers]
    channels = torch.stack(layers).unflatten(1, (4, -1)).transpose(0, 1).flatten(1)
    assert channels.mean(1).abs().max() < 0.05
    assert channels.std(1).numpy() == pytest.approx(SPREAD, rel=0.08)


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
    """Three pictures to train on and one to be judged with, prepared."""
    monkeypatch.setattr(pictures, "TRAINED", range(3))
    for room in (trial, command):
        monkeypatch.setattr(room, "UNSEEN", range(9, 10))
    monkeypatch.setattr(trial, "STEPS", 2)
    prepare(tmp_path / "prepared", 1)
    return tmp_path


def begin(folder, monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["small_proof", "--work", str(folder), *words])
    with pytest.raises(SystemExit) as stop:
        command.main()
    return stop.value.code


@pytest.fixture
def here(monkeypatch):
    """Trials run in this process, so that they know the few pictures."""

    def run(words, **_):
        monkeypatch.setattr(sys, "argv", words[2:])
        command.main()
        return subprocess.CompletedProcess(words, 0, stderr="")

    monkeypatch.setattr(command.subprocess, "run", run)


def test_one_command_trains_all_variants_and_gives_the_table(few, monkeypatch, here, capsys):
    words = ("--seeds", "1", "--steps", "1", "--processes", "1")
    assert begin(few, monkeypatch, *words) == 0
    entries = list(read_log(few / "log.jsonl"))
    assert [one.variant for one in entries] == ["nearest", *ABLATIONS, FULL]
    assert len({one.figures["drawn"]["psnr"] for one in entries}) == 4
    assert {"psnr", "ssim", "lmse", "mse", "line_art_psnr"} <= entries[1].figures["turned"].keys()
    assert (few / "table.md").read_text().count("| ours | 1 |") == 2
    assert (few / "full-1-1.png").exists()
    assert begin(few, monkeypatch, *words) == 0
    assert len(list(read_log(few / "log.jsonl"))) == 4
    monkeypatch.setattr(trial, "STEPS", 3)
    assert begin(few, monkeypatch, *words) == 0
    assert len(list(read_log(few / "log.jsonl"))) == 7


def test_a_trial_that_is_killed_is_logged_and_told(few, monkeypatch, capsys):
    killed = subprocess.CompletedProcess([], -9, stderr="")
    monkeypatch.setattr(command.subprocess, "run", lambda words, **_: killed)
    assert begin(few, monkeypatch, "--seeds", "1", "--processes", "1") == 1
    failed = [one for one in read_log(few / "log.jsonl") if one.error is not None]
    assert [(one.variant, one.error) for one in failed] == [
        (variant, "ended with -9") for variant in (*ABLATIONS, FULL)
    ]
    assert "| ours | 0 |" in capsys.readouterr().out


def test_a_folder_of_other_pictures_is_not_trained_on(few, monkeypatch):
    monkeypatch.setattr(pictures, "SPREAD", 1.0)
    with pytest.raises(PreparedUnusable, match="name a new folder"):
        prepare(few / "prepared", 1)


def test_each_picture_is_trained_on_as_drawn_and_mirrored(few):
    prepared = Prepared(few / "prepared")
    one, other = (picture_of(prepared[place].picture) for place in (0, 1))
    assert len(prepared) == 6
    assert np.array_equal(one, other[:, ::-1])


def test_what_was_trained_on_is_nearest_to_itself(few):
    drawn = list(draw([2], 1))
    figures = judge(nearest(Prepared(few / "prepared")), drawn)
    assert figures["drawn"]["psnr"] > 50
    assert figures["turned"]["psnr"] < 30


def test_variants_differ_in_what_they_leave_out_alone(few):
    prepared = Prepared(few / "prepared")
    recipes = {
        variant: Trial(variant, 3, prepared).recipe.model_dump() for variant in (*ABLATIONS, FULL)
    }
    full = recipes[FULL]
    assert recipes["without_lse"] == full | {"embedding": {"enabled": False}}
    plain = full["loss"] | {"kind": "plain"}
    assert recipes["without_layerwise_loss"] == full | {"loss": plain}


def test_the_tables_of_the_readme_are_what_the_log_gives(few):
    prepared = Prepared(few / "prepared")
    recipes = {
        Trial(variant, seed, prepared).settings.partition(",")[0]
        for variant in (*ABLATIONS, FULL)
        for seed in range(3)
    }
    room = Path(command.__file__).parent
    entries = [
        one
        for one in read_log(room / "log.jsonl")
        if one.variant == NEAREST or one.settings.partition(",")[0] in recipes
    ]
    told = (room.parent / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(entries) == 10
    for kind in KINDS:
        assert set(table(entries, kind).splitlines()) <= set(told)
        assert {f"- {line}" for line in order(entries, kind).splitlines()} <= set(told)


def entry(variant, seed, psnr, lmse=0.001):
    layers = dict.fromkeys(("line_art", "flat_color", "highlight", "shadow"), 30.0)
    figures = {"psnr": psnr, "ssim": 0.9, "lmse": lmse, "mse": 0.001}
    figures |= {f"{role}_psnr": value for role, value in layers.items()}
    told = {"settings": "some", "began": "2026-01-01 12:00", "figures": {"drawn": figures}}
    return Entry(variant=variant, seed=seed, **told)


def test_the_log_keeps_failures_and_bears_a_line_cut_short(tmp_path):
    log = tmp_path / "log.jsonl"
    note(log, entry(FULL, 0, 28.0))
    note(log, entry(FULL, 1, 28.0).model_copy(update={"figures": {}, "error": "it overflowed"}))
    log.write_text(log.read_text() + '{"variant": "fu')
    one, other = read_log(log)
    assert one == entry(FULL, 0, 28.0)
    assert other.error == "it overflowed"
    assert one.is_of(FULL, 0, "some")
    assert not other.is_of(FULL, 1, "some")


def test_the_table_has_means_over_seeds():
    said = table([entry(FULL, seed, psnr) for seed, psnr in enumerate((28.0, 30.0))], "drawn")
    row = next(line for line in said.splitlines() if line.startswith("| ours"))
    assert row == (
        "| ours | 2 | 29.00 ± 1.41 | 0.9000 ± 0.0000 | 0.0010 ± 0.0000 | 0.0010 ± 0.0000 | "
        "30.0 | 30.0 | 30.0 | 30.0 | 27.79, 0.9254, 0.0017 |"
    )


def test_the_order_compares_seed_by_seed():
    ours = [entry(FULL, 0, 28.0), entry(FULL, 1, 29.0), entry(FULL, 2, 30.0)]
    theirs = [entry("without_lse", 0, 27.0, 0.002), entry("without_lse", 1, 29.5, 0.0005)]
    assert order(ours + theirs, "drawn").splitlines() == [
        "Better than w/o LSE: PSNR 1 of 2, SSIM 0 of 2, LMSE 1 of 2, MSE 0 of 2.",
        "Better than w/o LW-Loss: PSNR 0 of 0, SSIM 0 of 0, LMSE 0 of 0, MSE 0 of 0.",
    ]
