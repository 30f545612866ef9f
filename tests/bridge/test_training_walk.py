"""The walk-through of docs/training.md, command by command, with a tiny model in its place.

What is smaller than there: the model, the pictures, and the numbers in the recipe.
"""

import io
import re
import shlex
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from bridge import cli
from bridge.commands import dataset
from engine.diffusion import fitting
from engine.diffusion.adapter import read_info
from engine.diffusion.weights import read_choice
from engine.files import encode_png, read_picture
from engine.illustration import draw_character
from engine.layers import LayerRole
from engine.training.adapter.recipe import Lora, Recipe
from tests.engine.diffusion.fake_hub import REVISION, FakeHub
from tests.engine.diffusion.tiny import write_tiny_checkpoint
from tests.engine.files.documents import Leaf, write_document
from tests.engine.training.adapter.tiny_text import write_tiny_text_encoder

WIDTH, HEIGHT = 48, 64
GUIDE = Path(__file__).parents[2] / "docs" / "training.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def walk() -> tuple[list[list[str]], Recipe]:
    """The commands of the walk-through, and its recipe."""
    text = GUIDE.read_text(encoding="utf-8")
    chapter = text.partition("## The whole way\n")[2].partition("\n## ")[0]
    blocks = BLOCK.findall(chapter)
    lines = [line for kind, block in blocks if not kind for line in block.splitlines()]
    (recipe,) = (Recipe.parse(block) for kind, block in blocks if kind == "toml")
    return [shlex.split(line) for line in lines], recipe


class Terminal(io.StringIO):
    """Somebody who says yes."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with three layered PSDs and a picture; the hub has the tiny model."""
    (tmp_path / "art").mkdir()
    for seed, name in enumerate(("hana", "yuki", "rin")):
        layers = draw_character(WIDTH, HEIGHT, seed).layers
        nodes = [Leaf(role.display_name, getattr(layers, role.value)) for role in LayerRole]
        write_document(tmp_path / "art" / f"{name}.psd", nodes, WIDTH, HEIGHT)
    (tmp_path / "new.png").write_bytes(encode_png(draw_character(WIDTH, HEIGHT, 9).source))
    monkeypatch.setattr(dataset, "PAPERS_SIZE", (WIDTH, HEIGHT))
    monkeypatch.setattr(fitting, "AREA", WIDTH * HEIGHT)
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    monkeypatch.setenv("LAYER_BRIDGE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    base = write_tiny_text_encoder(write_tiny_checkpoint(tmp_path / "hub"))
    files = {
        file.relative_to(base).as_posix(): file.read_bytes()
        for file in base.rglob("*")
        if file.is_file()
    }
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with FakeHub({"Qwen/Qwen-Image-Layered": files}).running(monkeypatch):
        yield tmp_path
    for number, handler in before.items():
        signal.signal(number, handler)


def test_from_three_psds_to_a_decomposition(desk, capsys):
    commands, recipe = walk()
    watch = recipe.watch.model_copy(update={"checkpoint_every": 2, "sample_every": 4})
    small = {"steps": 4, "watch": watch, "lora": Lora(rank=4, alpha=4)}
    (desk / "mine.toml").write_text(recipe.model_copy(update=small).toml_text(), encoding="utf-8")

    assert [command[1] for command in commands] == [
        *("models", "dataset", "dataset", "train", "train", "models", "decompose"),
    ]
    for program, *words in commands:
        assert program == "layer-bridge"
        assert cli.main(words) == 0, words

    said = capsys.readouterr().out
    assert "3 made" in said
    assert "The adapter is mine.safetensors" in said
    assert read_choice().adapter == desk / "mine.safetensors"
    info = read_info(desk / "mine.safetensors")
    assert (info.base, info.revision) == ("Qwen/Qwen-Image-Layered", REVISION)
    assert (desk / "dataset/contact_sheet.png").is_file()
    assert (desk / "mine.training/sheets/step-000004.png").is_file()
    new, made = (read_picture(desk / name).rgba.astype(int) for name in ("new.png", "new.psd"))
    assert np.abs(new - made)[new[..., 3] == 255].max() <= 2


def test_what_the_recipe_says_of_memory_is_what_the_table_says():
    text = GUIDE.read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(bf16|fp8|nf4)` \| ([\d.]+ GB) \|", text, re.MULTILINE))
    assert len(table) == 3
    (line,) = re.findall(r"^base = .* GB.*$", text, re.MULTILINE)
    assert re.findall(r"[\d.]+ GB", line) == [*table.values()]
