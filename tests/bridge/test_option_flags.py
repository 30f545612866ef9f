"""An engine's options on the command line, here and through a server."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import engine
from bridge import cli
from bridge.commands import evaluate
from tests.bridge.commanding import with_engine
from tests.bridge.engines import ChoosyEngine
from tests.bridge.test_cli import serving

CHOOSY = with_engine("ChoosyEngine")
DEFAULTS = {"pencil": 0, "grain": 0.5, "paper": "white", "tidy": False}
FLAGS = ["--pencil", "6", "--grain", "0.75", "--paper", "toned", "--tidy"]


@pytest.fixture(autouse=True)
def own_log(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "girl.png"
    Image.fromarray(np.full((4, 4, 4), 255, np.uint8)).save(path)
    return path


@pytest.fixture
def choosy(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**engine.registry.ENGINES, "builtin": "tests.bridge.engines:ChoosyEngine"}
    monkeypatch.setattr(engine.registry, "ENGINES", known)
    monkeypatch.setattr(ChoosyEngine, "told", [])


def run(*arguments: object) -> int:
    """The exit code of a command line; argparse exits by itself."""
    try:
        return cli.main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return int(stop.code or 0)


@pytest.mark.usefixtures("choosy")
def test_flags_reach_the_engine(picture: Path, tmp_path: Path) -> None:
    assert run("decompose", picture, "-o", tmp_path / "out", *FLAGS) == 0
    assert ChoosyEngine.told == [{"pencil": 6, "grain": 0.75, "paper": "toned", "tidy": True}]


@pytest.mark.usefixtures("choosy")
def test_without_flags_all_is_default(picture: Path, tmp_path: Path) -> None:
    assert run("decompose", picture, "-o", tmp_path / "out", "--no-tidy") == 0
    assert ChoosyEngine.told == [DEFAULTS]


@pytest.mark.usefixtures("choosy")
def test_a_batch_takes_them_too(picture: Path, tmp_path: Path) -> None:
    assert run("batch", tmp_path, "-o", tmp_path / "out", "--paper", "toned") == 0
    assert ChoosyEngine.told == [{**DEFAULTS, "paper": "toned"}]


@pytest.mark.usefixtures("choosy")
def test_an_evaluation_takes_them_too(picture: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    assert run("evaluate", picture.parent, "-o", report, "--pencil", "6", "--tidy") == 0
    assert ChoosyEngine.told == [{**DEFAULTS, "pencil": 6, "tidy": True}]
    scores = json.loads((report / "scores.json").read_text())
    assert scores["engines"]["builtin"]["options"] == {**DEFAULTS, "pencil": 6, "tidy": True}


def test_of_several_engines_each_takes_what_it_has(
    picture: Path, tmp_path: Path, choosy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {**engine.registry.ENGINES, "quick": "tests.bridge.engines:QuickEngine"}
    monkeypatch.setattr(engine.registry, "ENGINES", known)
    monkeypatch.setattr(evaluate, "ENGINES", known)
    engines = ["--engine", "builtin", "quick"]
    arguments = ["evaluate", picture.parent, "-o", tmp_path / "report", "--quiet", *engines]
    assert run(*arguments, "--paper", "toned") == 0
    assert ChoosyEngine.told == [{**DEFAULTS, "paper": "toned"}]


@pytest.mark.usefixtures("choosy")
def test_an_option_that_nobody_takes_is_told(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "peer").mkdir()
    arguments = ["evaluate", picture.parent, "-o", tmp_path / "report"]
    assert run(*arguments, "--results", f"peer={tmp_path / 'peer'}", "--tidy") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "No engine that is judged has the option 'tidy'" in line
    assert run(*arguments, "--pencil", "65") == 2
    assert "Pencil must be a whole number from 0 to 64." in capsys.readouterr().err
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--pencil", "65"], "Pencil must be a whole number from 0 to 64."),
        (["--pencil", "1.5"], "Pencil must be a whole number from 0 to 64."),
        (["--pencil", "9" * 5000], "Pencil must be a whole number from 0 to 64."),
        (["--grain", "nan"], "Grain must be a number from 0 to 1."),
        (["--grain", "inf"], "Grain must be a number from 0 to 1."),
        (["--paper", "sand"], "Paper must be one of white, toned."),
        (["--pencil", "thick"], "--pencil: a number is wanted, not 'thick'"),
        (["--mood", "calm"], "unrecognized arguments: --mood calm"),
    ],
)
@pytest.mark.usefixtures("choosy")
def test_a_wrong_value_is_one_sentence(
    picture: Path,
    tmp_path: Path,
    flags: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("decompose", picture, "-o", tmp_path / "out", *flags) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert sentence in line
    assert not (tmp_path / "out").exists()
    assert ChoosyEngine.told == []


@pytest.mark.usefixtures("choosy")
@pytest.mark.parametrize("command", ["decompose", "batch", "evaluate"])
def test_help_has_the_engines_words(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "options of the builtin engine" in text
    assert "how thick a line may be (0 to 64, 0 is automatic; default: 0)" in text
    assert "--paper {white,toned} what is drawn on (default: white)" in text
    assert "--tidy, --no-tidy no speckles (default: off)" in text


def test_they_go_through_a_server(
    picture: Path, tmp_path: Path, choosy: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(CHOOSY) as url:
        arguments = ["decompose", picture, "--server", url, "--json"]
        assert run(*arguments, "-o", tmp_path / "one", *FLAGS) == 0
        assert json.loads(capsys.readouterr().out)["results"][0]["engine"] == "choosy"
        assert run(*arguments, "-o", tmp_path / "two", "--pencil", "65") == 2
    assert "Pencil must be a whole number from 0 to 64." in capsys.readouterr().err
    assert not (tmp_path / "two").exists()


def test_readme_tells_of_every_option() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for option in engine.options_of("builtin"):
        assert f"| {option.title} | `--{option.name.replace('_', '-')}" in readme


def test_the_builtin_engines_own_flags(picture: Path, tmp_path: Path) -> None:
    flags = ["--line-thickness", "6", "--tones", "few", "--detail", "70", "--hard-edges"]
    assert run("decompose", picture, "-o", tmp_path / "out", *flags) == 0
    assert run("decompose", picture, "-o", tmp_path / "no", "--detail", "101") == 2
