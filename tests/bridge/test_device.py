"""`--device` and `--memory` reach the diffusion engine, and what becomes of memory is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bridge import cli
from bridge.commands.doctor import examine
from engine.diffusion import fitting, memory, model
from engine.diffusion.memory import Memory
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
    monkeypatch.setattr(memory, "free_on", lambda device: Memory(10**8, 10**8))
    assert decompose(picture, "--device", "cpu") == 2
    assert "and 100.0 MB of main memory are free; close other programs" in capsys.readouterr().err


def test_memory_that_ran_out_stands_behind_every_later_stage(
    picture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sample, times = model.sample, iter([MemoryError()])

    def short_at_first(*arguments: Any) -> Any:
        for error in times:
            raise error
        return sample(*arguments)

    monkeypatch.setattr(model, "sample", short_at_first)
    assert decompose(picture, "--device", "cpu") == 0
    told = capsys.readouterr().err
    assert "girl.png: step 10 of 10, in fp8 as memory ran out\n" in told


def outlook(monkeypatch: pytest.MonkeyPatch, free: int) -> str:
    """What the doctor says of the diffusion engine where so many bytes are free."""
    monkeypatch.setattr(memory, "free_on", lambda device: Memory(free, free))
    (text,) = [finding.text for finding in examine(1) if "Engine diffusion" in finding.text]
    return text


def test_the_doctor_says_the_plan_that_would_be_taken_now(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outlook(monkeypatch, 10**9).startswith(
        "Engine diffusion is ready; memory plan bf16, on the processor, 193 kB, which needs "
    )


def test_the_doctor_says_that_none_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    text = outlook(monkeypatch, 10**8)
    assert text.startswith("Engine diffusion is ready, but memory is short: The diffusion engine")
    assert "and 100.0 MB of main memory are free" in text
