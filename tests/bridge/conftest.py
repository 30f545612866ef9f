"""`layer-bridge models`, and a hub on this machine with a base model and adapters."""

from pathlib import Path

import pytest

from bridge import cli
from tests.engine.diffusion.fake_hub import FakeHub
from tests.engine.diffusion.weights_files import ADAPTER, BASE, TEXT_ENCODER
from tests.engine.diffusion.weights_files import weights as some_weights


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAYER_BRIDGE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "models"


@pytest.fixture
def hub(home, monkeypatch):
    repositories = {
        "Qwen/Qwen-Image-Layered": {**BASE, **TEXT_ENCODER},
        "Owner/Lines": {"sub/lines.safetensors": ADAPTER, "README.md": b""},
        "Owner/Other": {"other.safetensors": some_weights()},
    }
    with FakeHub(repositories).running(monkeypatch) as running:
        yield running


@pytest.fixture
def models(hub, capsys):
    """Run a command; its exit code, what it said, what it complained of."""

    def run(*words):
        try:
            code = cli.main(["models", *map(str, words)])
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
