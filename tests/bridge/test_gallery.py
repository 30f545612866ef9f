"""The pictures of docs/editing.md are those that the code makes."""

import re
from pathlib import Path

import numpy as np
from PIL import Image

from bridge.commands.gallery import main

DOCS = Path(__file__).parents[2] / "docs"


def test_the_guide_shows_what_the_code_makes_now(tmp_path):
    main(tmp_path)
    shown = re.findall(r"\]\((edit\w*\.png)\)", (DOCS / "editing.md").read_text(encoding="utf-8"))
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {*shown} | {"edit.png"}, "edit.png is the README's"
    for name in made:
        ours, theirs = (np.asarray(Image.open(folder / name), int) for folder in (tmp_path, DOCS))
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).mean() < 0.05, f"{name} is old: run make docs"
