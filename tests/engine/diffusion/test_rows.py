"""`layer-bridge evaluate` with adapters: a row of the report each."""

import json

import pytest

from bridge import cli
from engine.diffusion import fitting
from engine.diffusion.frames import FrameLayout
from engine.diffusion.weights import HOME_VARIABLE, Choice, remember
from engine.files import encode_png
from engine.illustration import draw_character
from tests.engine.diffusion.tiny import write_tiny_adapter, write_tiny_checkpoint

FIGURES = ("psnr", "ssim", "lmse", "mse")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A base model and no chosen adapter; two adapters beside it, and one picture."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setattr(fitting, "AREA", 32 * 48)
    remember(Choice(base=write_tiny_checkpoint(tmp_path / "base")))
    write_tiny_adapter(tmp_path / "full.safetensors")
    write_tiny_adapter(tmp_path / "bare.safetensors", FrameLayout.COMPOSITE)
    (tmp_path / "cases").mkdir()
    drawn = draw_character(60, 80)
    (tmp_path / "cases" / "girl.png").write_bytes(encode_png(drawn.source))
    return tmp_path


def evaluate(home, *arguments):
    report = home / "report"
    words = [
        "evaluate",
        home / "cases",
        "-o",
        report,
        "--quality",
        "balanced",
        "--quiet",
        *arguments,
    ]
    try:
        return cli.main([*map(str, words)]), report
    except SystemExit as stop:
        return stop.code, report


def test_each_adapter_has_rows_in_the_papers_table(home):
    adapters = [f"--adapter=Ours={home / 'full.safetensors'}"]
    adapters.append(f"--adapter=w o LSE={home / 'bare.safetensors'}")
    code, report = evaluate(home, *adapters, "--engine", "builtin")
    assert code == 0
    told = json.loads((report / "scores.json").read_text())
    rows = told["recomposition"]
    assert list(rows) == ["builtin", "Ours", "Ours, lifted", "w o LSE", "w o LSE, lifted"]
    assert all(rows[name][figure] is not None for name in rows for figure in FIGURES)
    # Noise is far from the picture; the lifted layers know its colors.
    assert rows["builtin"]["psnr"] > rows["Ours, lifted"]["psnr"] > rows["Ours"]["psnr"]
    assert rows["Ours"] != rows["w o LSE"]
    engines = told["engines"]
    assert engines["Ours"]["options"]["adapter"] == "full.safetensors"
    assert engines["builtin"]["mean"]["lifted_psnr"] is None
    markdown = (report / "recomposition.md").read_text()
    assert f"| Ours | {rows['Ours']['psnr']:.2f} | {rows['Ours']['ssim']:.4f} |" in markdown
    assert json.loads((report / "Ours" / "girl" / "manifest.json").read_text())["layers"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--adapter", "a=nowhere.safetensors"], "There is no adapter nowhere.safetensors"),
        (["--adapter", "nothing"], "say NAME=PLACE"),
        (["--engine", "builtin", "--adapter", "Builtin=x"], "The name Builtin is taken"),
    ],
)
def test_an_adapter_that_cannot_be_used_is_told(home, capsys, words, sentence):
    code, report = evaluate(home, *words)
    assert code == 2
    assert sentence in capsys.readouterr().err
    assert not report.exists()
