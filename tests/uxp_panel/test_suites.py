"""Runs the panel's suites, which are written for Node's own test runner."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SUITES = sorted(HERE.rglob("*.test.js"))
SECONDS = 280


def marks(suite: Path) -> list[pytest.MarkDecorator]:
    in_browser = (HERE / "page") in suite.parents
    return [pytest.mark.chromium if in_browser else pytest.mark.node]


@pytest.mark.parametrize(
    "suite",
    [
        pytest.param(suite, marks=marks(suite), id=suite.relative_to(HERE).as_posix())
        for suite in SUITES
    ],
)
def test_suite(suite: Path) -> None:
    assert (ROOT / "node_modules" / "ready").is_file(), "run make test, which fetches the packages"
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", str(suite)],
        cwd=ROOT,
        env={**os.environ, "PYTHON": sys.executable, "CHROMIUM": shutil.which("chromium") or ""},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    counts = dict(re.findall(r"^# (tests|pass|skipped|todo) (\d+)$", done.stdout, re.MULTILINE))
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(counts["tests"]) > 0, done.stdout
    assert counts["tests"] == counts["pass"], "a test was left out:\n" + done.stdout


def test_there_are_suites() -> None:
    assert SUITES
