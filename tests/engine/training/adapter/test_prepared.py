"""Prepared samples: what is written is read, one at a time, and damage is told."""

import json

import pytest
import torch
from safetensors.torch import save_file

from engine.diffusion.frames import FrameLayout
from engine.training.adapter.prepared import Prepared, PreparedUnusable
from tests.engine.training.adapter.samples import write_prepared


@pytest.fixture
def folder(tmp_path):
    return write_prepared(tmp_path / "prepared", count=2)


def test_what_is_written_is_read(folder):
    prepared = Prepared(folder)
    generator = torch.Generator().manual_seed(0)
    prompt = torch.randn(1, 7, 32, generator=generator)
    assert torch.equal(prepared.prompt, prompt)
    assert prepared.negative is None
    assert prepared.index.latents == (16, 6, 4)
    assert [sample.name for sample in prepared.index.samples] == ["a", "b"]
    for place in range(len(prepared)):
        layers = torch.randn(4, 16, 6, 4, generator=generator)
        assert torch.equal(prepared[place].layers, layers)
        assert prepared[place].picture.shape == (16, 6, 4)


def test_the_composites_frame_comes_first(folder):
    sample = Prepared(folder)[0]
    assert torch.equal(sample.targets(FrameLayout.LAYERS), sample.layers)
    both = sample.targets(FrameLayout.COMPOSITE)
    assert torch.equal(both[0], sample.picture)
    assert torch.equal(both[1:], sample.layers)


def test_other_samples_have_another_identity(folder, tmp_path):
    same = write_prepared(tmp_path / "same", count=2)
    other = write_prepared(tmp_path / "other", count=2, seed=1)
    assert Prepared(same).identity == Prepared(folder).identity
    assert Prepared(other).identity != Prepared(folder).identity


def test_a_folder_that_is_still_being_prepared_is_refused(folder):
    (folder / "prepared.json").unlink()
    with pytest.raises(PreparedUnusable, match=r"prepared\.json is missing.*prepare .* anew\.$"):
        Prepared(folder)


@pytest.mark.parametrize(
    ("name", "tensors"),
    [
        ("a", {"layers": torch.zeros(4, 16, 6, 6), "picture": torch.zeros(16, 6, 4)}),
        ("a", {"layers": torch.zeros(4, 16, 6, 4)}),
        ("a", {"layers": torch.zeros(4, 16, 6, 4).int(), "picture": torch.zeros(16, 6, 4)}),
        ("prompt", {"negative": torch.zeros(1, 3, 32)}),
    ],
    ids=["size", "no picture", "whole numbers", "no prompt"],
)
def test_a_wrong_file_is_told_in_a_sentence(folder, name, tensors):
    save_file(tensors, folder / f"{name}.safetensors")
    with pytest.raises(PreparedUnusable, match=rf"{name}\.safetensors is .*prepare .* anew\.$"):
        Prepared(folder)[0]


def test_a_damaged_file_is_told(folder):
    path = folder / "b.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    prepared = Prepared(folder)
    prepared[0]
    with pytest.raises(PreparedUnusable, match=r"b\.safetensors is missing or damaged"):
        prepared[1]


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"samples": []}, {"samples": [{"name": "../a", "sha256": "0" * 64}]}],
    ids=["version", "empty", "outside"],
)
def test_a_wrong_index_is_told(folder, change):
    path = folder / "prepared.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(PreparedUnusable, match=r"prepared\.json is missing or damaged"):
        Prepared(folder)
