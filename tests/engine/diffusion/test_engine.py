"""The whole engine: from weights that lie somewhere to layers that restack."""

import subprocess
import sys
from dataclasses import replace
from threading import Thread

import numpy as np
import pytest

import engine
from engine import Cancelled, UnsupportedOption, WeightsMissing, WeightsUnusable
from engine.diffusion import DiffusionEngine, fitting
from engine.diffusion.frames import FrameLayout
from engine.diffusion.weights import HOME_VARIABLE, Choice, remember
from engine.illustration import draw_character
from tests.engine.diffusion.tiny import write_tiny_adapter, write_tiny_checkpoint

FAST = {"quality": "fast"}
LOADING = "loading the model (bf16, on the processor, 193 kB)"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Nothing chosen yet; frames that are small enough for a quick test."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setattr(fitting, "AREA", 32 * 48)
    return tmp_path


@pytest.fixture
def base(home):
    return write_tiny_checkpoint(home / "base")


@pytest.fixture(params=FrameLayout)
def chosen(request, home, base):
    adapter = write_tiny_adapter(home / "adapter.safetensors", request.param)
    remember(Choice(base=base, adapter=adapter))


@pytest.fixture
def ready(home, base):
    remember(Choice(base=base, adapter=write_tiny_adapter(home / "adapter.safetensors")))


@pytest.fixture
def picture():
    return draw_character(64, 96).source


def stages(told):
    return list(dict.fromkeys(stage for stage, _ in told))


@pytest.mark.usefixtures("chosen")
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_layers_give_the_picture_back(picture, depth):
    scaled = picture.astype(depth) * (257 if depth is np.uint16 else 1)
    stack = engine.load("diffusion", **FAST).decompose(scaled)
    assert (stack.engine, stack.height, stack.width) == ("diffusion", *picture.shape[:2])
    assert engine.difference(engine.composite(stack), scaled).max() <= 2 / 255
    assert engine.readiness("diffusion") == ""


@pytest.mark.usefixtures("ready")
def test_what_the_model_said_is_shown_before_it_is_made_exact(picture):
    seen = []
    stack = DiffusionEngine(**FAST).decompose(
        picture, inspect=lambda proposal: seen.append(replace(proposal))
    )
    (proposal,) = seen
    output = proposal.model_output
    assert output.picture.shape == (48, 32, 4)
    assert {layer.shape for layer in output.layers.values()} == {(48, 32, 4)}
    assert engine.difference(engine.composite(stack), picture).max() <= 2 / 255


@pytest.mark.usefixtures("ready")
def test_an_adapter_of_its_own_is_taken_instead_of_the_chosen_one(home, picture):
    other = write_tiny_adapter(home / "other.safetensors", FrameLayout.COMPOSITE)
    one, two = (
        DiffusionEngine(quality="balanced"),
        DiffusionEngine(quality="balanced", adapter=other),
    )
    layers = [model.decompose(picture) for model in (one, two)]
    assert any((a.rgba != b.rgba).any() for a, b in zip(*layers, strict=True))


def test_an_adapter_of_its_own_needs_no_chosen_one(home, base, picture):
    remember(Choice(base=base))
    with pytest.raises(WeightsMissing, match="needs an adapter"):
        engine.load("diffusion")
    mine = write_tiny_adapter(home / "mine.safetensors")
    assert engine.load("diffusion", adapter=mine, **FAST).decompose(picture).engine == "diffusion"


@pytest.mark.usefixtures("ready")
def test_it_tells_how_far_it_is(picture):
    told = []
    DiffusionEngine(**FAST).decompose(picture, progress=lambda *news: told.append(news))
    steps = [f"step {step} of 10" for step in range(1, 11)]
    assert stages(told) == [
        *("starting", LOADING, "reading the picture"),
        *(*steps, "decoding", "lifting", "restacking"),
    ]
    fractions = [done for _, done in told]
    assert fractions == sorted(fractions)


@pytest.mark.usefixtures("ready")
def test_the_model_is_loaded_once_and_again_after_it_was_given_back(picture):
    diffusion, told = DiffusionEngine(**FAST), []

    def loads():
        told.clear()
        diffusion.decompose(picture, progress=lambda *news: told.append(news))
        return LOADING in stages(told)

    assert (loads(), loads()) == (True, False)
    diffusion.unload()
    diffusion.unload()
    assert (loads(), loads()) == (True, False)


@pytest.mark.usefixtures("ready")
def test_another_adapter_is_taken_at_the_next_picture(home, base, picture):
    diffusion = DiffusionEngine(quality="balanced")
    first = diffusion.decompose(picture)
    other = write_tiny_adapter(home / "other.safetensors", FrameLayout.COMPOSITE)
    remember(Choice(base=base, adapter=other))
    second = diffusion.decompose(picture)
    assert any((a.rgba != b.rgba).any() for a, b in zip(first, second, strict=True))


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("stage", [LOADING, "step 3 of 10", "decoding", "lifting"])
def test_a_cancelled_job_leaves_the_engine_as_it_was(picture, stage):
    diffusion = DiffusionEngine(**FAST)

    def stop(at, done):
        if at == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        diffusion.decompose(picture, progress=stop)
    again, fresh = diffusion.decompose(picture), DiffusionEngine(**FAST).decompose(picture)
    assert all((a.rgba == b.rgba).all() for a, b in zip(again, fresh, strict=True))


@pytest.mark.usefixtures("ready")
def test_two_jobs_at_once_wait_for_each_other(picture):
    diffusion, stacks = DiffusionEngine(**FAST), []
    jobs = [Thread(target=lambda: stacks.append(diffusion.decompose(picture))) for _ in range(2)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
    one, other = stacks
    assert all((a.rgba == b.rgba).all() for a, b in zip(one, other, strict=True))


@pytest.mark.usefixtures("ready")
def test_the_seed_makes_another_try(picture):
    diffusion = DiffusionEngine(**FAST)
    one, other = (diffusion.decompose(picture, options={"seed": seed}) for seed in (1, 2))
    assert any((a.rgba != b.rgba).any() for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("option", [{"quality": "best"}, {"seed": -1}, {"guidance": 0.5}])
def test_a_value_that_an_option_cannot_have_is_refused(option):
    with pytest.raises(UnsupportedOption):
        DiffusionEngine(**option)


@pytest.mark.usefixtures("home")
def test_without_weights_it_says_what_to_run(picture):
    sentence = engine.readiness("diffusion")
    assert "`layer-bridge models pull`" in sentence
    with pytest.raises(WeightsMissing) as told:
        engine.load("diffusion").decompose(picture)
    assert str(told.value) == sentence


@pytest.mark.usefixtures("ready")
def test_a_damaged_adapter_is_unusable_and_not_missing(home):
    adapter = home / "adapter.safetensors"
    adapter.write_bytes(adapter.read_bytes()[:100])
    with pytest.raises(WeightsUnusable, match="fetch or copy it again"):
        engine.load("diffusion")


@pytest.mark.usefixtures("ready")
def test_weights_of_another_model_are_told(home, picture):
    config = home / "base" / "transformer" / "config.json"
    config.write_text(config.read_text().replace('"use_layer3d_rope": true', '"other": 1'))
    with pytest.raises(WeightsUnusable, match="not of Qwen-Image-Layered"):
        DiffusionEngine().decompose(picture)


def test_to_list_it_loads_no_torch():
    code = "import sys, engine; engine.readiness('diffusion'); engine.options_of('diffusion'); "
    code += "print({'torch', 'diffusers', 'cv2'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
