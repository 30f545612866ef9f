"""`--device` and `--memory` reach the diffusion engine."""

import json
from pathlib import Path

import pytest
from PIL import Image

from bridge import cli
from engine.diffusion import fitting, plans
from engine.diffusion.plans import Memory
from engine.diffusion.weights import HOME_VARIABLE, Choice, remember
from engine.illustration import draw_character
from tests.engine.diffusion.tiny import write_tiny_adapter, write_tiny_checkpoint

DIFFUSION = ("--engine", "diffusion", "--quality", "fast")


@pytest.fixture(autouse=True)
def _weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setattr(fitting, "AREA", 32 * 48)
    base = write_tiny_checkpoint(tmp_path / "base")
    remember(Choice(base=base, adapter=write_tiny_adapter(tmp_path / "adapter.safetensors")))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.fromarray(draw_character(64, 96).source).save(tmp_path / "girl.png")
    return tmp_path / "girl.png"


def decompose(picture: Path, *arguments: str) -> int:
    out = str(picture.with_name("layers"))
    return cli.main(["decompose", str(picture), "-o", out, *DIFFUSION, *arguments])


def test_a_picture_is_decomposed_on_the_device(picture: Path) -> None:
    assert decompose(picture, "--device", "cpu", "--memory", "fp8") == 0
    manifest = json.loads((picture.with_name("layers") / "manifest.json").read_text())
    assert manifest["engine"] == "diffusion"
    assert manifest["reconstruction"]["max_error"] <= 2


def test_a_device_that_is_not_here_is_told(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decompose(picture, "--device", "mps") == 2
    told = capsys.readouterr().err
    assert "PyTorch finds no device 'mps' on this computer, only " in told
    assert "Traceback" not in told


def test_too_little_memory_is_told(
    picture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plans, "free_on", lambda device: Memory(10**8, 10**8))
    assert decompose(picture, "--device", "cpu") == 2
    assert "and 100.0 MB of main memory are free; close other programs" in capsys.readouterr().err
