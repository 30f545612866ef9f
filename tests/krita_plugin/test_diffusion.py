"""A picture's whole way through the diffusion engine: Krita's plugin, a server's process, back."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from layer_bridge.plugin import Plugin
from layer_bridge.session import State

from engine import BlendMode, Layer, LayerRole, Rgba, composite
from engine.compositing import difference
from tests.krita_plugin.diffusion_server import choose_tiny_weights, serving_diffusion
from tests.krita_plugin.event_loop import wait_until
from tests.krita_plugin.fake_canvas import FakeCanvas, PlacedLayer

pytestmark = pytest.mark.usefixtures("application")

RED = np.full((6, 8, 4), (200, 40, 40, 255), np.uint8)
"""What the fake canvas's documents show."""
LOADING_SECONDS = 120
"""The server's process imports PyTorch at its first picture; a loaded machine needs a while."""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a server after `layer-bridge models path`, which loads the model for the first picture."""
    folder = tmp_path_factory.mktemp("server")
    with serving_diffusion(choose_tiny_weights(folder)) as port:
        yield port


@pytest.fixture
def canvas(tmp_path: Path) -> FakeCanvas:
    return FakeCanvas(tmp_path, "Mio")


@pytest.fixture
def plugin(canvas: FakeCanvas, port: int) -> Iterator[Plugin]:
    plugin = Plugin(canvas)
    plugin.choose(address=f"127.0.0.1:{port}", engine="diffusion")
    wait_until(lambda: plugin.session.state is State.READY)
    plugin.choose_option("quality", "fast")
    yield plugin
    plugin.close()


def restacked(layers: list[PlacedLayer], like: Rgba) -> Rgba:
    """What the placed layers, each cropped to what it holds, show together."""
    stack = []
    for layer in layers:
        full = np.zeros_like(like)
        held = np.frombuffer(layer.pixels, np.uint8).reshape(layer.height, layer.width, 4)
        full[layer.y :, layer.x :][: layer.height, : layer.width] = held
        mode = BlendMode(layer.blend_mode)
        stack.append(Layer(LayerRole(layer.role), mode, full))
    return composite(stack)


def work_of(plugin: Plugin) -> str:
    return plugin.session.run.current.work if plugin.session.run else "over"


def run_to_the_end(plugin: Plugin) -> list[str]:
    """The stages that the artist saw."""
    seen: list[str] = []

    def over() -> bool:
        seen.append(work_of(plugin))
        return plugin.session.run is None

    wait_until(over, LOADING_SECONDS)
    return list(dict.fromkeys(seen))


def test_a_picture_comes_back_as_layers_that_restack(plugin: Plugin, canvas: FakeCanvas) -> None:
    plugin.decompose()
    seen = run_to_the_end(plugin)
    assert plugin.error == ""
    assert any(stage.startswith("loading the model") for stage in seen)
    assert any(stage.startswith("step ") for stage in seen)
    assert plugin.summary == "“Mio” is decomposed. The layers restack exactly."
    ((_, _, _, layers),) = canvas.documents[0].groups
    assert [layer.name for layer in layers] == ["Flat Color", "Shadow", "Highlight", "Line Art"]
    assert difference(restacked(layers, RED), RED).max() <= 2 / 255


def test_a_cancelled_picture_leaves_the_engine_ready(plugin: Plugin, canvas: FakeCanvas) -> None:
    plugin.choose_option("quality", "paper")
    plugin.decompose()
    wait_until(lambda: work_of(plugin).startswith("step "), LOADING_SECONDS)
    plugin.cancel()
    run_to_the_end(plugin)
    assert canvas.documents[0].groups == []
    plugin.decompose()
    assert [stage for stage in run_to_the_end(plugin) if "loading" in stage] == []
    assert len(canvas.documents[0].groups) == 1
