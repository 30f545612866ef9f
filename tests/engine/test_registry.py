"""Which engines there are, and whether they can work."""

import subprocess
import sys

import pytest

from engine import DEFAULT_ENGINE, ENGINES, readiness, registry


def test_the_default_engine_is_ready():
    assert DEFAULT_ENGINE in ENGINES
    assert readiness(DEFAULT_ENGINE) == ""


@pytest.mark.parametrize("module", ["engine.nowhere", "nowhere", "nowhere.at.all"])
def test_an_engine_that_is_not_there_says_what_to_do(module, monkeypatch):
    monkeypatch.setattr(registry, "ENGINES", {"lost": f"{module}:Engine"})
    assert readiness("lost").startswith("The engine 'lost' is not here whole; install")


def test_to_ask_imports_no_engine():
    code = "import sys, engine; engine.readiness('builtin'); print('engine.builtin' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
