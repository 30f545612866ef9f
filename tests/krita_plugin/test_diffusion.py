"""A picture's whole way through the diffusion engine, from Krita's plugin to the model and back."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from layer_bridge.plugin import Plugin
from layer_bridge.session import State

import engine
from bridge import cli
from engine.diffusion import fitting
from tests.bridge.engines import QuickEngine
from tests.engine.diffusion.tiny import write_tiny_adapter, write_tiny_checkpoint
from tests.krita_plugin.event_loop import wait_until
from tests.krita_plugin.fake_canvas import FakeCanvas
from tests.krita_plugin.server_thread import ServerThread, server_thread

pytestmark = pytest.mark.usefixtures("application")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerThread]:
    """A server after `layer-bridge models path`; frames small enough for a quick test."""
    monkeypatch.setenv("LAYER_BRIDGE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(fitting, "AREA", 32 * 48)
    base = write_tiny_checkpoint(tmp_path / "base")
    adapter = write_tiny_adapter(tmp_path / "adapter.safetensors")
    for what, path in (("base", base), ("adapter", adapter)):
        assert cli.main(["models", "path", what, str(path)]) == 0
    diffusion = {"diffusion": partial(engine.load, "diffusion")}
    with server_thread(QuickEngine(), engines=diffusion) as server:
        yield server


@pytest.fixture
def canvas(tmp_path: Path) -> FakeCanvas:
    return FakeCanvas(tmp_path, "Mio")


@pytest.fixture
def plugin(canvas: FakeCanvas, server: ServerThread) -> Iterator[Plugin]:
    plugin = Plugin(canvas)
    plugin.choose(address=f"127.0.0.1:{server.port}", engine="diffusion")
    wait_until(lambda: plugin.session.state is State.READY)
    plugin.choose_option("quality", "fast")
    yield plugin
    plugin.close()


def work_of(plugin: Plugin) -> str:
    return plugin.session.run.current.work if plugin.session.run else "over"


def run_to_the_end(plugin: Plugin) -> list[str]:
    """The stages that the artist saw."""
    seen: list[str] = []

    def over() -> bool:
        seen.append(work_of(plugin))
        return plugin.session.run is None

    wait_until(over, seconds=60)
    return list(dict.fromkeys(seen))


def test_a_picture_comes_back_as_layers_that_restack(plugin: Plugin, canvas: FakeCanvas) -> None:
    plugin.decompose()
    seen = run_to_the_end(plugin)
    assert plugin.error == ""
    assert any(stage.startswith("step ") for stage in seen)
    assert plugin.summary == "“Mio” is decomposed. The layers restack exactly."
    ((_, _, _, layers),) = canvas.documents[0].groups
    assert [layer.name for layer in layers] == ["Flat Color", "Shadow", "Highlight", "Line Art"]


def test_a_cancelled_picture_leaves_the_engine_ready(plugin: Plugin, canvas: FakeCanvas) -> None:
    plugin.choose_option("quality", "paper")
    plugin.decompose()
    wait_until(lambda: work_of(plugin).startswith("step "), seconds=60)
    plugin.cancel()
    run_to_the_end(plugin)
    assert canvas.documents[0].groups == []
    plugin.decompose()
    assert [stage for stage in run_to_the_end(plugin) if "loading" in stage] == []
    assert len(canvas.documents[0].groups) == 1
