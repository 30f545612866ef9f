"""`layer-bridge evaluate`: what it writes, what it says, and what it leaves alone."""

import csv
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import bridge
import engine.registry
from bridge import cli
from bridge.commands import evaluate
from engine.evaluation import MEASURES
from engine.evaluation.report import is_report
from engine.files import encode_png, read_picture
from tests.bridge.commanding import child, with_engine
from tests.engine.evaluation.drawn_cases import plain, write_case

ENGINES = {
    **engine.registry.ENGINES,
    "quick": "tests.bridge.engines:QuickEngine",
    "broken": "tests.bridge.engines:BrokenEngine",
}


@pytest.fixture(autouse=True)
def surroundings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A log of its own, more engines, and the signals put back."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    monkeypatch.setattr(engine.registry, "ENGINES", ENGINES)
    monkeypatch.setattr(evaluate, "ENGINES", ENGINES)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Two cases with truth, and a picture without."""
    write_case(tmp_path / "cases" / "blue girl", seed=0)
    write_case(tmp_path / "cases" / "boy #2", seed=1)
    Image.fromarray(plain((9, 99, 199, 255))).save(tmp_path / "cases" / "sea.jpg.png")
    return tmp_path / "cases"


def run(*arguments: object) -> int:
    """The exit code of `layer-bridge evaluate`."""
    try:
        return cli.main(["evaluate", *map(str, arguments)])
    except SystemExit as stop:
        return int(stop.code or 0)


def scores_of(report: Path) -> dict:
    return json.loads((report / "scores.json").read_text())


def test_a_report_holds_scores_sheets_layers_and_a_page(cases: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    assert run(cases, "-o", report, "--engine", "builtin", "quick", "--quiet") == 0
    told = scores_of(report)
    assert list(told["engines"]) == ["builtin", "quick"]
    assert told["mean_over"] == ["blue girl", "boy #2", "sea.jpg"]
    assert told["made_by"] == f"Layer Bridge {bridge.__version__}"
    assert told["sizes"]["blue girl"] == [96, 96]
    assert told["engines"]["builtin"]["options"]["tones"] == "automatic"
    assert told["engines"]["builtin"]["mean"]["line_f1"] > 0.6
    assert told["engines"]["quick"]["mean"]["line_f1"] == 0
    assert told["engines"]["builtin"]["cases"]["sea.jpg"]["line_f1"] is None
    assert all(row["seconds"] > 0 for row in told["engines"]["builtin"]["cases"].values())
    with (report / "scores.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 2 * 3 + 2
    for name in told["mean_over"]:
        manifest = json.loads((report / "quick" / name / "manifest.json").read_text())
        assert (report / "quick" / name / "preview.png").is_file()
        assert [layer["role"] for layer in manifest["layers"]] == [*engine.LayerRole]
        assert read_picture(report / "sheets" / f"{name}.png").rgba.shape[1] > 500
        assert np.array_equal(
            read_picture(report / "cases" / name / "source.png").rgba,
            read_picture(report / "quick" / name / "flat_color.png").rgba,
        )
    page = (report / "index.html").read_text()
    assert "boy #2" in page
    assert "http:" not in page + "".join(path.read_text() for path in (report / "page").iterdir())
    assert "https:" not in page


def test_it_is_the_layers_of_decompose_that_are_scored(cases: Path, tmp_path: Path) -> None:
    report, apart = tmp_path / "report", tmp_path / "apart"
    assert run(cases, "-o", report, "--composition", "screen", "--quiet") == 0
    picture = str(cases / "boy #2" / "composite.png")
    options = ["--composition", "screen", "--quiet"]
    assert cli.main(["decompose", picture, "-o", str(apart), *options]) == 0
    for file in ("manifest.json", "shadow.png"):
        assert (report / "builtin" / "boy #2" / file).read_bytes() == (apart / file).read_bytes()


def test_finished_results_stand_in_the_same_report(cases: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(cases, "-o", first, "--quiet") == 0
    assert run(cases, "-o", second, "--results", f"before={first / 'builtin'}", "--quiet") == 0
    told = scores_of(second)["engines"]
    assert list(told) == ["before"]
    assert told["before"]["options"] is None
    for name, scores in scores_of(first)["engines"]["builtin"]["cases"].items():
        again = told["before"]["cases"][name]
        assert again["seconds"] is None
        assert again["raw_psnr"] == again["recompose_psnr"] >= scores["raw_psnr"]
        same = [key for key in scores if key != "seconds" and not key.startswith("raw_")]
        assert [again[key] for key in same] == pytest.approx([scores[key] for key in same])


def test_json_is_one_object_on_standard_output(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(cases, "-o", tmp_path / "report", "--engine", "quick", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["measures"]) == set(MEASURES)
    assert told["report"] == str(tmp_path / "report")
    assert told["failures"] == []
    assert told["engines"] == scores_of(tmp_path / "report")["engines"]


def test_progress_and_means_are_told(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(cases, "-o", tmp_path / "report", "--engine", "quick") == 0
    shown = capsys.readouterr()
    assert "boy #2, quick: finding nothing" in shown.err
    assert "boy #2, quick: Line art F1" in shown.out
    assert "Flat color, Exact" in shown.out
    assert str(tmp_path / "report" / "index.html") in shown.out


def test_a_broken_case_does_not_lose_the_rest(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (cases / "blue girl" / "line.png").write_bytes(encode_png(plain((0, 0, 0, 9), 10)))
    (cases / "sea.jpg.png").write_bytes(b"nothing")
    report = tmp_path / "report"
    assert run(cases, "-o", report, "--engine", "quick", "--quiet") == 2
    errors = capsys.readouterr().err.splitlines()
    assert [error.split(":")[0] for error in errors] == ["blue girl", "sea.jpg"]
    assert "line.png is 10 x 10 pixels, the picture 96 x 96" in errors[0]
    assert list(scores_of(report)["engines"]["quick"]["cases"]) == ["boy #2"]
    assert scores_of(report)["failures"] == errors


def test_a_broken_engine_does_not_lose_the_others(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report"
    assert run(cases, "-o", report, "--engine", "broken", "--engine", "quick", "--quiet") == 1
    errors = capsys.readouterr().err.splitlines()
    assert errors[0].startswith("blue girl, broken: ")
    assert len(errors) == 3
    assert list(scores_of(report)["engines"]) == ["quick"]


def test_a_case_that_results_lack_is_told(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none").mkdir()
    results = ["--results", f"peer={tmp_path / 'none'}"]
    assert run(cases, "-o", tmp_path / "report", *results, "--quiet") == 2
    assert "boy #2, peer: peer has no boy #2/manifest.json" in capsys.readouterr().err


def test_a_report_is_renewed(cases: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    assert run(cases, "-o", report, "--engine", "quick", "--quiet") == 0
    assert run(cases, "-o", report, "--engine", "builtin", "--quiet") == 0
    assert list(scores_of(report)["engines"]) == ["builtin"]


def refuse(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one sentence of a command that does nothing."""
    assert run(*arguments, "--engine", "quick") == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    return sentence


def test_bad_input_gets_one_sentence(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, empty, full = tmp_path / "report", tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    full.mkdir()
    (full / "novel.txt").write_text("Chapter one")
    (tmp_path / "file").write_text("")
    assert "There are no cases" in refuse(capsys, empty, "-o", report)
    assert "There is no folder" in refuse(capsys, tmp_path / "nowhere", "-o", report)
    assert "is a file" in refuse(capsys, cases, "-o", tmp_path / "file")
    assert "holds other files" in refuse(capsys, cases, "-o", full)
    assert "lies in" in refuse(capsys, cases, "-o", cases)
    assert "lies in" in refuse(capsys, cases, "-o", tmp_path)
    for results, sentence in (
        ("builtin", "NAME=PLACE"),
        (f"../up={empty}", "NAME=PLACE"),
        (f"cases={empty}", "is taken"),
        (f"Quick={empty}", "is taken"),
        (f"peer={tmp_path / 'nowhere'}", "There is no folder"),
    ):
        assert sentence in refuse(capsys, cases, "-o", report, "--results", results)
    assert not report.exists()


def test_a_folder_that_cannot_be_written_is_told(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be used" in refuse(capsys, cases, "-o", tmp_path / "file" / "report")


def test_painted_layers_are_left_alone(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report"
    assert run(cases, "-o", report, "--engine", "quick", "--quiet") == 0
    painted = report / "quick" / "boy #2" / "shadow.png"
    painted.write_bytes(b"hours of work")
    manifest = painted.with_name("manifest.json")
    then = manifest.stat().st_mtime - 10
    os.utime(manifest, (then, then))
    assert run(cases, "-o", report, "--engine", "quick", "--quiet") == 2
    assert "changed since" in capsys.readouterr().err
    assert painted.read_bytes() == b"hours of work"


def test_an_interrupt_leaves_a_report_on_what_is_done(cases: Path, tmp_path: Path) -> None:
    slow = with_engine("SlowEngine")
    report = tmp_path / "report"
    with child(slow, "evaluate", cases, "-o", report) as command:
        assert any("thinking" in line for line in iter(command.stderr.readline, ""))
        command.send_signal(signal.SIGINT)
        _, errors = command.communicate(timeout=30)
    assert (command.returncode, errors) == (3, "")
    assert is_report(report)
    assert scores_of(report)["engines"] == {}
