"""A whole run: its log, curves and sheets, how it stops and goes on, and the adapter at the end."""

import gc
import json

import pytest
from diffusers import AutoencoderKLQwenImage
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from engine.diffusion.adapter import read_info
from engine.diffusion.weights import Base
from engine.errors import Cancelled
from engine.files.preview import LABEL, MARGIN
from engine.training.adapter import watch
from engine.training.adapter.pictures import Pictures
from engine.training.adapter.recipe import Recipe
from engine.training.adapter.run import TrainingRun
from engine.training.adapter.sheets import shown
from tests.engine.diffusion.tiny import tiny_info, write_tiny_adapter, write_tiny_checkpoint
from tests.engine.training.adapter.drawn import HEIGHT, WIDTH, write_dataset

RECIPE = f"""
steps = 4
prompt = "{tiny_info().prompt}"
[lora]
rank = 4
alpha = 4
[watch]
checkpoint_every = 2
sample_every = 4
held_out = 1
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a base model, a dataset, and an adapter that has the prompt."""
    folder = tmp_path_factory.mktemp("place")
    write_tiny_checkpoint(folder / "base")
    write_dataset(folder / "dataset", 3)
    write_tiny_adapter(folder / "other.safetensors")
    return folder


def run_in(place, work, recipe=RECIPE):
    return TrainingRun(
        Pictures.of(place / "dataset"),
        Base(place / "base"),
        Recipe.parse(recipe),
        work,
        place / "other.safetensors",
        "cpu",
    )


def train(run, stop_at=None, resume=False):
    """Train; the stages that were told."""
    told = []

    def is_asked_to_stop():
        return bool(stop_at) and any(f"step {stop_at} of" in stage for stage in told)

    def progress(stage, done):
        assert 0 <= done <= 1
        told.append(stage)

    prepared = run.prepare(lambda stage, done: None)
    return run.train(prepared, progress, is_asked_to_stop, resume), told


def logged(work):
    return [json.loads(line) for line in (work / watch.LOG).read_text().splitlines()]


def without_times(lines):
    return [{key: line[key] for key in line if key != "seconds"} for line in lines]


@pytest.fixture(scope="module")
def finished(place):
    """The folder of a run that came to its end, the run, its outcome, and what was told."""
    run = run_in(place, place / "finished")
    return place / "finished", run, *train(run)


def test_every_step_is_logged(finished):
    work, *_ = finished
    lines = logged(work)
    assert [line["step"] for line in lines] == [1, 2, 3, 4]
    assert all({"total", "line_art", "sparse", "composite", "seconds"} <= set(one) for one in lines)
    assert ["held_out" in line for line in lines] == [False, True, False, True]


def test_tensorboard_shows_the_same(finished):
    work, *_ = finished
    curves = EventAccumulator(str(work / watch.CURVES))
    curves.Reload()
    shown = [(event.step, event.value) for event in curves.Scalars("loss/total")]
    assert shown == [(line["step"], pytest.approx(line["total"])) for line in logged(work)]
    assert [event.step for event in curves.Images("layers")] == [4]


def test_a_sheet_shows_sampled_layers_above_true_ones(finished):
    work, *_ = finished
    (path,) = (work / watch.SHEETS).iterdir()
    assert path.name == "step-000004.png"
    sheet = Image.open(path).convert("RGB")
    across, down = (sheet.width - MARGIN) // 6, (sheet.height - MARGIN) // 2

    def picture(column, row):
        left, top = MARGIN + column * across, MARGIN + LABEL * 2 + row * down
        return sheet.crop((left, top, left + WIDTH, top + HEIGHT)).tobytes()

    assert picture(0, 0) == picture(0, 1), "one picture, as one is held out"
    assert picture(5, 1) == picture(0, 1), "true layers give the picture"
    assert picture(5, 0) != picture(0, 0), "sampled ones do not, of a model that learnt nothing"


def test_progress_says_loss_speed_and_what_is_left(finished):
    *_, told = finished
    assert told[0] == "loading the base model"
    assert "step 1 of 4, loss " in told[1]
    assert told[1].endswith(" left")
    sampled = {stage for stage in told if stage.startswith("sampling")}
    assert sampled == {"sampling picture_2"}, "the one that is held out"


def test_where_nothing_is_held_out_a_sheet_shows_the_last_two():
    assert [shown(Recipe(), samples) for samples in (1, 2, 45)] == [1, 2, 2]


def test_the_vae_is_in_memory_for_sheets_alone(place):
    """Of the steps before and after a sheet none has it beside the model."""
    there: dict[str, set[int]] = {"step": set(), "sampling": set()}
    run = run_in(place, place / "lean", RECIPE.replace("sample_every = 4", "sample_every = 2"))
    prepared = run.prepare(lambda stage, done: None)
    gc.collect()
    before = vaes()

    def progress(stage, done):
        kind = stage.split()[0]
        if kind == "step" or (kind == "sampling" and not there[kind]):
            there[kind].add(vaes() - before)

    run.train(prepared, progress, lambda: False, resume=False)
    assert there == {"step": {0}, "sampling": {1}}


def vaes():
    return sum(type(one) is AutoencoderKLQwenImage for one in gc.get_objects())


def test_the_recipe_is_kept_whole(finished):
    work, run, outcome, _ = finished
    assert Recipe.read(work / "recipe.toml") == run.recipe
    run.write(outcome, work / "new/place.safetensors")
    info = read_info(work / "new/place.safetensors")
    assert info.prompt == run.recipe.prompt
    assert Recipe.parse(info.training["recipe"]) == run.recipe
    assert [path.name for path in (work / "new").iterdir()] == ["place.safetensors"]


def test_a_run_that_is_stopped_goes_on_as_if_it_had_not_been(finished, place, monkeypatch):
    monkeypatch.setattr(watch, "LINE_EVERY_S", 0.0)
    run = run_in(place, place / "stopped")
    with pytest.raises(Cancelled):
        train(run, stop_at=3)
    assert run.latest.name == "step-000003"
    train(run, resume=True)
    assert without_times(logged(place / "stopped")) == without_times(logged(finished[0]))


def test_what_was_done_after_the_checkpoint_leaves_the_log(finished, place, monkeypatch):
    monkeypatch.setattr(watch, "LINE_EVERY_S", 0.0)
    work = place / "cut"
    with pytest.raises(Cancelled):
        train(run_in(place, work), stop_at=2)
    with (work / watch.LOG).open("a") as log:
        log.write('{"step": 3, "total": 1.0}\n{"step": 4, "tot')
    train(run_in(place, work), resume=True)
    assert without_times(logged(work)) == without_times(logged(finished[0]))


def test_without_tensorboard_there_is_the_log_and_a_sentence(place, monkeypatch):
    monkeypatch.setattr(watch, "find_spec", lambda name: None)
    run = run_in(place, place / "plain", RECIPE.replace("sample_every = 4", "sample_every = 0"))
    train(run)
    assert len(logged(place / "plain")) == 4
    assert not (place / "plain" / watch.CURVES).exists()
    assert not (place / "plain" / watch.SHEETS).exists()
    assert "install layer-bridge[training]" in watch.curves_missing(run.recipe)


def test_nobody_is_told_of_curves_that_are_not_wanted(monkeypatch):
    monkeypatch.setattr(watch, "find_spec", lambda name: None)
    assert watch.curves_missing(Recipe.parse("[watch]\ntensorboard = false")) == ""
