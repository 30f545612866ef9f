"""The engine under each plan and quality: restacking, one step down when memory runs out."""

from dataclasses import replace

import pytest
import torch

import engine
from engine import Cancelled, LayerRole, OutOfMemory, UnsupportedOption
from engine.diffusion import DiffusionEngine, fitting, memory
from engine.diffusion.adapter import write_adapter
from engine.diffusion.frames import FrameLayout
from engine.diffusion.memory import Memory
from engine.diffusion.weights import HOME_VARIABLE, Choice, remember
from engine.illustration import draw_character
from engine.options import complete
from tests.engine.diffusion.tiny import tiny_adapter, write_tiny_adapter, write_tiny_checkpoint

CPU = "loading the model (bf16, on the processor, 193 kB)"
FP8 = "loading the model (fp8, 111 kB)"
WARM = "using the model in memory (bf16, on the processor, 193 kB)"
IN_FP8 = "in fp8 as memory ran out"
RAN_OUT = torch.cuda.OutOfMemoryError("CUDA out of memory.")


@pytest.fixture(autouse=True)
def _ready(tmp_path, monkeypatch):
    """Weights that are chosen; frames that are small enough for a quick test."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setattr(fitting, "AREA", 32 * 48)
    base = write_tiny_checkpoint(tmp_path / "base")
    remember(Choice(base=base, adapter=write_tiny_adapter(tmp_path / "adapter.safetensors")))


@pytest.fixture
def picture():
    return draw_character(64, 96).source


def proposed(diffusion, picture, report=lambda stage, done: None, **options):
    """What the engine proposes, in this thread, and the stages that it told."""
    told = []

    def tell(stage, done):
        told.append(stage)
        report(stage, done)

    values = complete(diffusion.options, options, otherwise=diffusion.defaults)
    return diffusion.propose(picture, values, tell), list(dict.fromkeys(told))


def out_of_memory_at(*stages):
    """A progress function under which memory runs out, once at each of these."""
    waiting = list(stages)

    def report(stage, done):
        if waiting and stage == waiting[0]:
            waiting.pop(0)
            raise RAN_OUT

    return report


@pytest.mark.parametrize(
    ("plan", "quality"),
    [
        *(("resident", "fast"), ("fp8", "fast"), ("streamed", "fast"), ("cpu", "fast")),
        *(("fp8-streamed", "fast"), ("cpu", "balanced"), ("automatic", "paper")),
    ],
)
def test_the_layers_give_the_picture_back(picture, plan, quality):
    diffusion = engine.load("diffusion", device="cpu", memory=plan, quality=quality)
    stack = diffusion.decompose(picture)
    assert engine.difference(engine.composite(stack), picture).max() <= 2 / 255


def test_a_plan_that_does_not_fit_is_refused_before_anything_is_loaded(picture, monkeypatch):
    monkeypatch.setattr(memory, "free_on", lambda device: Memory(10**6, 10**6))
    told = []
    with pytest.raises(OutOfMemory, match=r"needs .* and 1\.0 MB of main memory are free; close"):
        DiffusionEngine("cpu").decompose(picture, progress=lambda *news: told.append(news[0]))
    assert not any("loading" in stage for stage in told)


def test_the_plan_is_chosen_by_what_is_free(picture, monkeypatch):
    main = 708_400_000
    monkeypatch.setattr(memory, "free_on", lambda device: Memory(10**9, main))
    _, told = proposed(DiffusionEngine("cpu"), picture, quality="fast")
    assert told[0] == CPU
    monkeypatch.setattr(memory, "free_on", lambda device: Memory(10**9, 703_000_000))
    _, told = proposed(DiffusionEngine("cpu"), picture, quality="fast")
    assert told[0] == FP8


@pytest.mark.parametrize("stage", ["step 3 of 10", "decoding", CPU])
def test_where_memory_runs_out_it_goes_on_once_in_less_and_says_so(picture, stage, caplog):
    diffusion = DiffusionEngine("cpu", quality="fast")
    layers, told = proposed(diffusion, picture, out_of_memory_at(stage))
    after = told[told.index("memory ran out, going on in less") + 1 :]
    assert after[0] == f"{FP8}, {IN_FP8}"
    assert after[-2:] == [f"decoding, {IN_FP8}", "lifting"]
    assert "Memory ran out under the memory plan bf16, on the processor; the" in caplog.text
    fresh, _ = proposed(DiffusionEngine("cpu", quality="fast", memory="fp8"), picture)
    assert all((getattr(layers, role) == getattr(fresh, role)).all() for role in LayerRole)
    _, told = proposed(diffusion, picture)
    assert told[:2] == ["using the model in memory (fp8, 111 kB)", "reading the picture"]


def leave(main, diffusion, monkeypatch, without_model):
    """As if another program left `main` bytes beside the model, and so many without it."""

    def free_on(device):
        is_loaded = diffusion._warm is not None and diffusion._warm._model is not None
        return Memory(*[main if is_loaded else without_model] * 2)

    monkeypatch.setattr(memory, "free_on", free_on)


def test_a_warm_model_says_its_plan_while_what_it_works_with_is_free(picture, monkeypatch):
    diffusion = DiffusionEngine("cpu", quality="fast")
    proposed(diffusion, picture)
    leave(350_000, diffusion, monkeypatch, without_model=350_000)
    _, told = proposed(diffusion, picture)
    assert told[0] == WARM


def test_a_warm_model_is_given_back_where_another_program_filled_the_memory(picture, monkeypatch):
    diffusion = DiffusionEngine("cpu", quality="fast")
    proposed(diffusion, picture)
    leave(340_000, diffusion, monkeypatch, without_model=703_150_000)
    _, told = proposed(diffusion, picture)
    assert told[0] == FP8


def test_a_warm_model_of_a_chosen_plan_is_refused_with_figures_then(picture, monkeypatch):
    diffusion = DiffusionEngine("cpu", quality="fast", memory="cpu")
    proposed(diffusion, picture)
    leave(340_000, diffusion, monkeypatch, without_model=500_000_000)
    with pytest.raises(OutOfMemory, match=r"needs 703\.2 MB of main memory .* and 500\.0 MB of"):
        proposed(diffusion, picture)
    leave(10**9, diffusion, monkeypatch, without_model=10**9)
    _, told = proposed(diffusion, picture)
    assert told[0] == CPU


def test_more_tokens_than_the_warm_model_has_room_for_are_seen(tmp_path, picture, monkeypatch):
    adapter = write_tiny_adapter(tmp_path / "adapter.safetensors", FrameLayout.COMPOSITE)
    remember(Choice(base=tmp_path / "base", adapter=adapter))
    monkeypatch.setattr(memory, "VAE_ACTIVATIONS", 0)
    diffusion = DiffusionEngine("cpu", quality="fast")
    proposed(diffusion, picture)
    # Fast has five frames of six tokens, 14 times 64 bytes each; balanced six.
    leave(30_000, diffusion, monkeypatch, without_model=10**9)
    assert proposed(diffusion, picture)[1][0] == WARM
    assert proposed(diffusion, picture, quality="balanced")[1][0] == CPU


def test_where_it_runs_out_twice_it_gives_up_and_works_again(picture):
    diffusion = DiffusionEngine("cpu", quality="fast")
    with pytest.raises(OutOfMemory, match="twice, at last under the memory plan fp8; close"):
        proposed(diffusion, picture, out_of_memory_at("step 3 of 10", f"step 2 of 10, {IN_FP8}"))
    _, told = proposed(diffusion, picture)
    assert told[0] == CPU


def test_where_no_plan_is_below_it_gives_up(picture):
    with pytest.raises(OutOfMemory, match="under the memory plan fp8, and none here needs less"):
        proposed(DiffusionEngine("cpu", memory="fp8"), picture, out_of_memory_at("step 3 of 20"))


def test_other_errors_pass(picture):
    def fail(stage, done):
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError, match="a fault of ours"):
        proposed(DiffusionEngine("cpu"), picture, fail)


def test_another_plan_or_a_fused_lora_loads_the_model_anew(picture):
    diffusion = DiffusionEngine("cpu")

    def loads(**options):
        return [stage for stage in proposed(diffusion, picture, **options)[1] if "load" in stage]

    assert loads(quality="balanced") == [CPU]
    assert loads(quality="fast") == []
    assert loads(quality="paper") == [CPU]
    assert loads(quality="paper", memory="fp8") == [FP8]
    assert loads(quality="fast", memory="fp8") == []


def test_another_adapter_of_the_same_name_is_used(picture, tmp_path):
    diffusion = DiffusionEngine("cpu", quality="fast")
    before, _ = proposed(diffusion, picture)
    write_adapter(tmp_path / "adapter.safetensors", replace(tiny_adapter(), lora={}))
    after, told = proposed(diffusion, picture)
    assert told[0].startswith("loading the model")
    assert any((getattr(before, role) != getattr(after, role)).any() for role in LayerRole)


def test_another_base_model_in_the_same_folder_is_loaded(picture, tmp_path):
    diffusion = DiffusionEngine("cpu", quality="fast")
    proposed(diffusion, picture)
    write_tiny_checkpoint(tmp_path / "base")
    _, told = proposed(diffusion, picture)
    assert told[0].startswith("loading the model")


def test_a_picture_cancelled_while_loading_leaves_the_engine_ready(picture):
    def stop(stage, done):
        if stage == CPU:
            raise Cancelled

    diffusion = DiffusionEngine("cpu", quality="fast")
    with pytest.raises(Cancelled):
        proposed(diffusion, picture, stop)
    _, told = proposed(diffusion, picture)
    assert told[0] == CPU


def test_a_device_that_is_not_here_is_told(picture):
    with pytest.raises(UnsupportedOption, match="no device 'mps' on this computer"):
        DiffusionEngine("mps").decompose(picture)
