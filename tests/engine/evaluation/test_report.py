"""The report's folder, and its page in a browser."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engine import Engine, LayerStack, Rgba, load
from engine.evaluation import Scores, Truth, find_cases, score, score_proposal
from engine.evaluation.report import Report, is_report
from engine.evaluation.tables import Evaluation
from engine.files import encode_png
from tests.bridge.engines import QuickEngine
from tests.engine.evaluation.drawn_cases import plain, write_case

ROOT = Path(__file__).parents[3]
SUITE = Path(__file__).with_name("page.test.js")


def write_report(cases: Path, folder: Path) -> None:
    """Two engines on two cases and a picture."""
    write_case(cases / "blue girl")
    write_case(cases / "boy #2", seed=1)
    (cases / "boy #2" / "shadow.png").unlink()
    (cases / "sea.png").write_bytes(encode_png(plain((9, 99, 199, 255), 64)))
    engines: dict[str, Engine] = {"builtin": load("builtin"), "quick": QuickEngine()}
    options = {"builtin": engines["builtin"].defaults, "quick": None}
    report = Report(folder, Evaluation("production", "Layer Bridge 9.8", options))
    report.begin()
    for case in find_cases(cases, {".png"}):
        picture, truth = case.read()
        found = {name: judged(engine, picture.rgba, truth) for name, engine in engines.items()}
        report.add(case, picture, truth, found)
    report.finish(["torn: <b>torn.png</b> cannot be read."])


def judged(engine: Engine, rgba: Rgba, truth: Truth | None) -> tuple[LayerStack, Scores]:
    raw: Scores = {}
    stack = engine.decompose(
        rgba, inspect=lambda proposal: raw.update(score_proposal(proposal, rgba))
    )
    return stack, score(stack, rgba, truth, 0.5, raw)


def test_reports_are_told_from_other_folders(tmp_path: Path) -> None:
    assert not is_report(tmp_path)
    (tmp_path / "scores.json").write_text('{"format": "golf"}')
    assert not is_report(tmp_path)
    (tmp_path / "scores.json").write_text("[]")
    assert not is_report(tmp_path)
    Report(tmp_path, Evaluation("production")).begin()
    assert is_report(tmp_path)


def test_no_name_ends_the_script_that_holds_it(tmp_path: Path) -> None:
    report = Report(tmp_path, Evaluation("production"))
    report.begin()
    report.finish(["</script><script>alert(1)</script>"])
    page = (tmp_path / "index.html").read_text()
    assert "alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.chromium
def test_page(tmp_path: Path) -> None:
    assert (ROOT / "node_modules" / "ready").is_file(), "run make test, which fetches the packages"
    write_report(tmp_path / "cases", tmp_path / "report")
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", str(SUITE)],
        cwd=ROOT,
        env={
            **os.environ,
            "REPORT": str(tmp_path / "report"),
            "CHROMIUM": shutil.which("chromium") or "",
        },
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    counts = dict(re.findall(r"^# (tests|pass) (\d+)$", done.stdout, re.MULTILINE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(counts["tests"]) == int(counts["pass"]) > 10, done.stdout
