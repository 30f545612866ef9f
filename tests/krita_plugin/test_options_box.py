"""The docker's options: as the engine describes them, kept, and never wrong for the engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from layer_bridge.docker import Docker
from layer_bridge.messages import read_welcome
from layer_bridge.options_box import OptionsBox
from layer_bridge.plugin import Plugin
from layer_bridge.qt import QtCore, QtGui, QtWidgets
from layer_bridge.session import State
from layer_bridge.settings import load_settings

from tests.krita_plugin.event_loop import handle_events
from tests.krita_plugin.fake_canvas import FakeCanvas
from tests.krita_plugin.session_host import OPTIONS, WELCOME

NARROW = 260
DEFAULTS = {"pencil": 0, "grain": 0.5, "paper": "white", "tidy": False}
pytestmark = pytest.mark.usefixtures("application")


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Plugin]:
    plugin = Plugin(FakeCanvas(tmp_path, "Mio"))
    plugin.settings.show_options = True
    yield plugin
    plugin.close()


@pytest.fixture
def docker(plugin: Plugin) -> Iterator[Docker]:
    docker = Docker(plugin)
    docker.resize(NARROW, 700)
    docker.show()
    yield docker
    docker.hide()
    docker.deleteLater()


@pytest.fixture
def box(docker: Docker, plugin: Plugin) -> OptionsBox:
    be_ready(plugin)
    return docker.options


def be_ready(plugin: Plugin, *engines: dict[str, Any]) -> None:
    """As if a server had said welcome; by default its one engine has every kind of option."""
    builtin = engine("builtin", OPTIONS)
    plugin.session.state = State.READY
    plugin.session.welcome = read_welcome({**WELCOME, "engines": engines or [builtin]})
    plugin.documents_changed()
    handle_events(0.1)


def engine(name: str, options: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "ready": True, "detail": "", "options": options}


def field(box: OptionsBox, name: str) -> Any:
    return next(field.widget for field in box.fields if field.name == name)


def kept(plugin: Plugin) -> Any:
    """What another start of Krita would find."""
    return load_settings(plugin.folder / "settings.json").options


def test_the_words_are_the_engines(box: OptionsBox) -> None:
    labels = [label.text() for label in box.findChildren(QtWidgets.QLabel) if label.isVisible()]
    assert labels == ["Pencil", "Grain", "Paper"]
    assert field(box, "tidy").text() == "Tidy"
    assert field(box, "pencil").text() == "Automatic"
    assert field(box, "grain").text() == "0.50"
    assert field(box, "paper").currentText() == "White"
    assert field(box, "pencil").toolTip() == "<p>How thick a line may be, in &lt;pixels&gt;.</p>"
    assert field(box, "pencil").accessibleName() == "Pencil"


def test_what_the_artist_chooses_is_kept_and_asked_for(box: OptionsBox, plugin: Plugin) -> None:
    field(box, "pencil").setValue(6)
    field(box, "grain").setValue(0.75)
    paper = field(box, "paper")
    paper.setCurrentIndex(1)
    paper.activated.emit(1)
    field(box, "tidy").click()
    chosen = {"pencil": 6, "grain": 0.75, "paper": "toned", "tidy": True}
    assert plugin.option_values() == chosen
    assert kept(plugin) == {"builtin": chosen}
    assert isinstance(plugin.option_values()["pencil"], int)
    handle_events(0.1)
    assert field(box, "pencil").text() == "6 px"
    assert box.fold.text() == "Options (4 changed)"

    plugin.decompose()
    assert plugin.session.run.jobs[0].request.options == chosen


def test_reset_gives_every_option_its_default(box: OptionsBox, plugin: Plugin) -> None:
    assert not box.reset.isVisible()
    field(box, "pencil").setValue(6)
    field(box, "tidy").click()
    handle_events(0.1)
    assert box.reset.isVisible()
    box.reset.click()
    handle_events(0.1)
    assert plugin.option_values() == DEFAULTS
    assert kept(plugin) == {"builtin": {}}
    assert (field(box, "pencil").value(), field(box, "tidy").isChecked()) == (0, False)
    assert not box.reset.isVisible()
    assert box.fold.text() == "Options"


def test_each_engine_keeps_its_own(box: OptionsBox, plugin: Plugin) -> None:
    steps = {**OPTIONS[0], "name": "steps", "title": "Steps", "least": 1, "default": 20}
    engines = (engine("builtin", OPTIONS), engine("diffusion", [steps]), engine("plain", []))
    be_ready(plugin, *engines)
    field(box, "pencil").setValue(6)
    plugin.choose(engine="diffusion")
    handle_events(0.1)
    assert [field.name for field in box.fields] == ["steps"]
    field(box, "steps").setValue(30)
    plugin.choose(engine="plain")
    handle_events(0.1)
    assert not box.isVisible()
    assert plugin.option_values() == {}
    plugin.choose(engine="builtin")
    handle_events(0.1)
    assert box.isVisible()
    assert plugin.option_values() == {**DEFAULTS, "pencil": 6}
    assert kept(plugin) == {"builtin": {"pencil": 6}, "diffusion": {"steps": 30}}


def test_a_server_that_knows_no_options_gets_none(docker: Docker, plugin: Plugin) -> None:
    plugin.choose(options={"builtin": {"pencil": 6}})
    plugin.session.state = State.READY
    plugin.session.welcome = read_welcome(WELCOME)
    plugin.documents_changed()
    handle_events(0.1)
    assert not docker.options.isVisible()
    plugin.decompose()
    assert plugin.session.run.jobs[0].request.options == {}
    assert kept(plugin) == {"builtin": {"pencil": 6}}


@pytest.mark.parametrize("stale", [{"pencil": 65, "paper": "sand"}, ["pencil"], None, 3])
def test_what_was_kept_and_does_not_fit_is_passed_over(
    docker: Docker, plugin: Plugin, stale: Any
) -> None:
    plugin.settings.options = {"builtin": stale}
    be_ready(plugin)
    assert plugin.option_values() == DEFAULTS
    assert field(docker.options, "paper").currentText() == "White"


def test_folded_it_takes_one_line_and_stays_so(box: OptionsBox, plugin: Plugin) -> None:
    box.fold.click()
    handle_events(0.1)
    assert not box.content.isVisible()
    assert box.fold.isVisible()
    assert not load_settings(plugin.folder / "settings.json").show_options


def test_typing_is_not_disturbed(box: OptionsBox, plugin: Plugin) -> None:
    pencil = field(box, "pencil")
    pencil.selectAll()
    for digit in "12":
        kind, key = QtCore.QEvent.Type.KeyPress, getattr(QtCore.Qt.Key, f"Key_{digit}")
        no_keys = QtCore.Qt.KeyboardModifier.NoModifier
        QtWidgets.QApplication.sendEvent(pencil, QtGui.QKeyEvent(kind, key, no_keys, digit))
        plugin.documents_changed()
        handle_events(0.1)
    assert pencil.text() == "12 px"
    assert plugin.option_values() == DEFAULTS
    pencil.clearFocus()
    pencil.interpretText()
    assert plugin.option_values() == {**DEFAULTS, "pencil": 12}


def test_the_wheel_scrolls_past_fields(box: OptionsBox, plugin: Plugin) -> None:
    pencil = field(box, "pencil")
    pencil.clearFocus()
    center = QtCore.QPointF(pencil.rect().center())
    no_buttons, no_keys = QtCore.Qt.MouseButton.NoButton, QtCore.Qt.KeyboardModifier.NoModifier
    wheel = QtGui.QWheelEvent(
        center,
        QtCore.QPointF(pencil.mapToGlobal(pencil.rect().center())),
        QtCore.QPoint(),
        QtCore.QPoint(0, 120),
        no_buttons,
        no_keys,
        QtCore.Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QtWidgets.QApplication.sendEvent(pencil, wheel)
    assert plugin.option_values() == DEFAULTS


def test_two_windows_show_the_same(box: OptionsBox, plugin: Plugin) -> None:
    other = Docker(plugin)
    handle_events(0.1)
    field(box, "pencil").setValue(6)
    handle_events(0.1)
    assert field(other.options, "pencil").value() == 6
    other.deleteLater()


def test_diagnostics_tell_of_them(box: OptionsBox, plugin: Plugin) -> None:
    field(box, "pencil").setValue(6)
    lines = plugin.diagnostics().split("\n")
    assert "options: pencil 6, grain 0.5, paper white, tidy False" in lines


def test_nothing_is_clipped_at_the_narrowest(box: OptionsBox, docker: Docker) -> None:
    docker.resize(200, 700)
    handle_events(0.1)
    for widget in [*(field.widget for field in box.fields), box.fold]:
        right = widget.mapTo(docker, QtCore.QPoint(widget.width(), 0)).x()
        assert right <= docker.width()
        assert widget.width() >= widget.minimumSizeHint().width()
