"""`make demo`, on a small picture."""

import json
from pathlib import Path

import numpy as np
import pytest

from bridge.commands import demo
from engine import difference
from engine.files import read_picture


def test_every_format_gives_the_picture_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "SIZE", 96)
    folder = tmp_path / "demo"

    demo.main(folder)

    source = read_picture(folder / "character.png").rgba
    assert source.shape == (96, 96, 4)
    for name in demo.RESULTS[1:]:
        assert difference(read_picture(folder / name).rgba, source).max() * 255 <= 2
    assert (folder / "layers" / "preview.png").is_file()
    manifest = json.loads((folder / "layers" / "manifest.json").read_text())
    assert manifest["reconstruction"]["max_error"] <= 2
    assert np.isfinite(manifest["reconstruction"]["psnr_db"])
    assert "largest error" in capsys.readouterr().out.splitlines()[-1]
