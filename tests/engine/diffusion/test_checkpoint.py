"""The base model's files are read as they lie, and what is not that model is told."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine import WeightsUnusable
from engine.diffusion.checkpoint import load_checkpoint
from tests.engine.diffusion.fake_hub import FakeHub
from tests.engine.diffusion.tiny import tiny_transformer, write_tiny_checkpoint

WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture
def base(tmp_path):
    return write_tiny_checkpoint(tmp_path / "base")


def same(one, other):
    weights = dict(other.named_parameters())
    return all(torch.equal(weight, weights[name]) for name, weight in one.named_parameters())


def test_a_folder_is_read_as_it_lies(base):
    checkpoint = load_checkpoint(base, dtype=torch.float32)
    assert same(checkpoint.transformer, tiny_transformer())
    assert checkpoint.scheduler.config["time_shift_type"] == "linear"


def test_the_transformer_is_halved_and_the_vae_is_not(base):
    checkpoint = load_checkpoint(base)
    assert (checkpoint.transformer.dtype, checkpoint.vae.dtype) == (torch.bfloat16, torch.float32)


def test_weights_in_many_files_are_read(base):
    shutil.rmtree(base / "transformer")
    tiny_transformer(3).save_pretrained(base / "transformer", max_shard_size="100KB")
    assert len([*(base / "transformer").glob("*.safetensors")]) > 1
    assert same(load_checkpoint(base, dtype=torch.float32).transformer, tiny_transformer(3))


def test_weights_in_one_file_beside_the_folder_are_read(base, tmp_path):
    file = tmp_path / "one.safetensors"
    save_file(tiny_transformer(4).state_dict(), file)
    (base / "transformer" / WEIGHTS).unlink()
    checkpoint = load_checkpoint(base, file, torch.float32)
    assert same(checkpoint.transformer, tiny_transformer(4))


@pytest.mark.parametrize(
    ("folder", "change"),
    [
        ("transformer", {"use_layer3d_rope": False}),
        ("transformer", {"_class_name": "FluxTransformer2DModel"}),
        ("vae", {"input_channels": 3}),
    ],
    ids=["relative", "stranger", "vae"],
)
def test_another_model_is_told(base, folder, change):
    path = base / folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(WeightsUnusable, match=r"not of Qwen-Image-Layered.*models pull`\.$"):
        load_checkpoint(base)


@pytest.mark.parametrize(
    "name", ["transformer/config.json", "vae/config.json", "scheduler/scheduler_config.json"]
)
@pytest.mark.parametrize(
    "text", ['"owner/name"', "NaN", "[]", "[" * 100_000], ids=lambda it: it[:9]
)
def test_what_is_no_configuration_is_told_and_no_hub_is_asked(base, monkeypatch, name, text):
    with FakeHub().running(monkeypatch) as hub:
        (base / name).write_text(text)
        with pytest.raises(WeightsUnusable, match=rf"cannot be loaded from .*{name}"):
            load_checkpoint(base)
    assert hub.asked == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("transformer/config.json", {"num_layers": "many"}),
        ("transformer/config.json", {"axes_dims_rope": 5}),
        ("transformer/config.json", {"quantization_config": 5}),
        ("vae/config.json", {"dim_mult": []}),
        ("vae/config.json", {"latents_mean": None}),
        ("vae/config.json", {"latents_std": [1.0]}),
        ("scheduler/scheduler_config.json", {"num_train_timesteps": 0}),
    ],
    ids=str,
)
def test_a_configuration_that_cannot_be_is_told(base, name, change):
    path = base / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(WeightsUnusable, match=r"cannot be loaded from .*models verify`\.$"):
        load_checkpoint(base)


def drop_a_tensor(path):
    tensors = load_file(path)
    tensors.popitem()
    save_file(tensors, path)


def reshape_a_tensor(path):
    tensors = load_file(path)
    save_file({name: tensor.flatten()[:1] for name, tensor in tensors.items()}, path)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1000])


def pickle(path):
    torch.save(load_file(path), path.with_suffix(".bin"))
    path.unlink()


@pytest.mark.parametrize("folder", ["transformer", "vae"])
@pytest.mark.parametrize("damage", [drop_a_tensor, reshape_a_tensor, cut, pickle])
def test_damage_is_told(base, folder, damage):
    damage(base / folder / WEIGHTS)
    with pytest.raises(WeightsUnusable, match=r"cannot be loaded from .*models verify`\.$"):
        load_checkpoint(base)


def add_a_scale(path):
    save_file({**load_file(path), "proj_out.weight_scale": torch.ones(1)}, path)


@pytest.mark.parametrize("damage", [drop_a_tensor, reshape_a_tensor, cut, add_a_scale])
def test_damage_of_one_file_is_told(base, tmp_path, damage):
    file = tmp_path / "one.safetensors"
    save_file(tiny_transformer().state_dict(), file)
    damage(file)
    with pytest.raises(WeightsUnusable, match=r"cannot be loaded from .*one\.safetensors"):
        load_checkpoint(base, file)


def test_one_file_that_may_be_a_pickle_is_refused(base, tmp_path):
    file = tmp_path / "one.ckpt"
    torch.save(tiny_transformer().state_dict(), file)
    with pytest.raises(WeightsUnusable, match=r"only \.safetensors files are read"):
        load_checkpoint(base, file)


@pytest.mark.parametrize("lost", ["transformer/config.json", "scheduler/scheduler_config.json"])
def test_a_lost_file_is_told(base, lost):
    (base / lost).unlink()
    with pytest.raises(WeightsUnusable, match="cannot be loaded from"):
        load_checkpoint(base)
