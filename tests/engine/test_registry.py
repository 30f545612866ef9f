"""Which engines there are, and whether they can work."""

import subprocess
import sys

import pytest

from engine import (
    DEFAULT_ENGINE,
    ENGINES,
    Engine,
    SwitchOption,
    WeightsMissing,
    WeightsUnusable,
    load,
    options_of,
    readiness,
    registry,
)


def test_the_default_engine_is_ready():
    assert DEFAULT_ENGINE in ENGINES
    assert readiness(DEFAULT_ENGINE) == ""


@pytest.mark.parametrize("module", ["engine.nowhere", "nowhere", "nowhere.at.all"])
def test_an_engine_that_is_not_there_says_what_to_do(module, monkeypatch):
    monkeypatch.setattr(registry, "ENGINES", {"lost": f"{module}:Engine"})
    assert readiness("lost").startswith("The engine 'lost' is not here whole; install")


class UnreadyEngine(Engine):
    """Lacks something, and has an option all the same."""

    name = "unready"
    lacking = WeightsMissing
    options = (SwitchOption(name="fast", title="Fast", help="Hurries."),)

    @classmethod
    def check_ready(cls):
        raise cls.lacking("Its weights are unfit; fetch them.")

    def propose(self, rgba, options, progress):
        raise AssertionError


@pytest.mark.parametrize("lacking", [WeightsMissing, WeightsUnusable])
def test_an_engine_says_itself_what_it_lacks(monkeypatch, lacking):
    unready = {"unready": "tests.engine.test_registry:UnreadyEngine"}
    monkeypatch.setattr(registry, "ENGINES", unready)
    monkeypatch.setattr(UnreadyEngine, "lacking", lacking)
    assert readiness("unready") == "Its weights are unfit; fetch them."
    assert [option.name for option in options_of("unready")] == ["fast"]
    with pytest.raises(lacking, match=r"^Its weights are unfit; fetch them\.$"):
        load("unready")


def test_to_ask_imports_nothing_heavy():
    code = "import sys, engine; engine.readiness('builtin'); print('cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
