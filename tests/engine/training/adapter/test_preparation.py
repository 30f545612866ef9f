"""Preparation: what the VAE says of each picture, encoded once and known again."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.diffusion.checkpoint import load_vae
from engine.diffusion.frames import FRAME_ORDER
from engine.diffusion.latents import encode, to_vae
from engine.diffusion.weights import Choice, remember
from engine.errors import Cancelled, WeightsMissing
from engine.files import read_picture
from engine.training.adapter.pictures import DatasetUnusable, Pictures
from engine.training.adapter.preparation import Preparation
from tests.engine.diffusion.tiny import TEXT, tiny_info, write_tiny_adapter, write_tiny_checkpoint
from tests.engine.training.adapter.drawn import (
    HEIGHT,
    WIDTH,
    write_dataset,
    write_index,
    write_sample,
)
from tests.engine.training.adapter.tiny_text import write_tiny_text_encoder

PROMPT = tiny_info().prompt


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_text_encoder(write_tiny_checkpoint(tmp_path_factory.mktemp("base")))


@pytest.fixture(autouse=True)
def _chosen(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYER_BRIDGE_MODELS", str(tmp_path / "models"))
    remember(Choice(base))


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "dataset", 2)


@pytest.fixture
def run(base, tmp_path, dataset):
    """Prepare; what came of it, and the stages that were told."""

    def run(adapter=None, prompt=PROMPT):
        stages = []
        preparation = Preparation(
            Pictures.of(dataset), base, prompt, adapter, tmp_path / "prepared"
        )
        prepared = preparation.run("cpu", lambda stage, fraction: stages.append(stage))
        return prepared, stages

    return run


def test_latents_are_what_the_vae_says(run, base, dataset):
    prepared, _ = run()
    vae = load_vae(base).eval()

    def latents(name):
        rgba = read_picture(dataset / "picture_1" / f"{name}.png").rgba
        with torch.no_grad():
            return encode(vae, to_vae(rgba.astype(np.float32) / 255))[0]

    sample = prepared[1]
    assert len(prepared) == 2
    assert sample.picture.shape == (16, HEIGHT // 8, WIDTH // 8)
    assert torch.equal(sample.picture, latents("composite"))
    for frame, role in zip(sample.layers, FRAME_ORDER, strict=True):
        assert torch.equal(frame, latents(role))


def test_the_index_says_what_it_was_made_of(run, base, tmp_path):
    prepared, _ = run()
    index = prepared.index
    assert (index.base, index.prompt) == ("", PROMPT)
    assert index.revision.startswith("unknown, VAE ")
    assert prepared.prompt.shape[::2] == (1, TEXT)


def test_a_second_run_encodes_nothing(run):
    first, stages = run()
    assert [stage for stage in stages if "encoding" in stage] == [
        *("encoding picture_0", "encoding picture_1", "encoding the prompt"),
    ]
    second, stages = run()
    assert stages == []
    assert second.identity == first.identity


def test_a_changed_picture_alone_is_encoded_anew(run, dataset, tmp_path):
    first, _ = run()
    write_sample(dataset / "picture_1", seed=7)
    second, stages = run()
    assert stages == ["loading the VAE", "encoding picture_1"]
    assert second.index.samples[0] == first.index.samples[0]
    assert not torch.equal(second[1].picture, first[0].picture)
    assert len(list((tmp_path / "prepared").glob("picture*"))) == 2


def test_damaged_latents_are_encoded_anew(run, tmp_path):
    first, _ = run()
    path = tmp_path / "prepared" / f"{first.index.samples[0].name}.safetensors"
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    second, stages = run()
    assert stages == ["loading the VAE", "encoding picture_0"]
    assert second.identity == first.identity


def test_it_goes_on_where_it_was_interrupted(run, base, dataset, tmp_path):
    def interrupt(stage, fraction):
        if stage == "encoding picture_1":
            raise Cancelled

    preparation = Preparation(Pictures.of(dataset), base, PROMPT, None, tmp_path / "prepared")
    with pytest.raises(Cancelled):
        preparation.run("cpu", interrupt)
    prepared, stages = run()
    assert stages == ["loading the VAE", "encoding picture_1", "encoding the prompt"]
    assert len(prepared) == 2


def test_another_prompt_alone_is_encoded_anew(run):
    first, _ = run()
    second, stages = run(prompt="other words")
    assert stages == ["encoding the prompt"]
    assert second.prompt.shape != first.prompt.shape


def test_an_adapters_prompt_needs_no_text_encoder(run, tmp_path, base):
    remember(Choice(write_tiny_checkpoint(tmp_path / "bare")))
    with pytest.raises(WeightsMissing, match="models pull --text-encoder"):
        run()
    assert not (tmp_path / "prepared").exists()
    prepared, _ = run(adapter=write_tiny_adapter(tmp_path / "a.safetensors"))
    assert prepared.prompt.shape == (1, 7, TEXT)


def test_a_dataset_that_lost_a_sample_is_prepared_without(run, dataset, tmp_path):
    run()
    write_index(dataset, ["picture_1"])
    prepared, stages = run()
    assert (len(prepared), stages) == (1, [])
    assert len(list((tmp_path / "prepared").glob("picture*"))) == 1


@pytest.mark.parametrize(
    ("names", "width", "told"),
    [
        (["picture_0"], 50, "are 50 x 64, and training takes multiples of 16"),
        ([], WIDTH, r"has no samples; `layer-bridge dataset check \S+dataset` says why"),
        (["picture_0"], 64, "picture_0 is 48 x 64 pixels and its dataset 64 x 64"),
    ],
)
def test_a_dataset_that_cannot_be_used_is_told(run, dataset, names, width, told):
    write_index(dataset, names, width)
    with pytest.raises(DatasetUnusable, match=told):
        run()


def test_a_picture_that_cannot_be_read_is_told(run, dataset):
    (dataset / "picture_0/shadow.png").write_bytes(b"no PNG")
    with pytest.raises(DatasetUnusable, match=r"picture_0 .+\(shadow\.png .+dataset check"):
        run()
    (dataset / "picture_0/shadow.png").unlink()
    with pytest.raises(DatasetUnusable, match=r"picture_0/shadow\.png is missing; see"):
        run()
