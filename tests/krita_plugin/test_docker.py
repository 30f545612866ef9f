"""What the docker shows in each state, and that a fault never leaves it."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import layer_bridge
import pytest
from layer_bridge import wording
from layer_bridge.docker import MANUAL, Docker
from layer_bridge.jobs import Job, Request, Run, Stage
from layer_bridge.messages import read_welcome
from layer_bridge.plugin import Plugin
from layer_bridge.protocol import COMPOSITIONS
from layer_bridge.qt import QtCore, QtWidgets
from layer_bridge.session import State
from layer_bridge.settings import Placement, Scope
from layer_bridge.settings_dialog import SettingsDialog

from tests.krita_plugin.event_loop import handle_events, wait_until
from tests.krita_plugin.fake_canvas import FakeCanvas
from tests.krita_plugin.session_host import WELCOME

NARROW, WIDE = 260, 480
pytestmark = pytest.mark.usefixtures("application")


@pytest.fixture
def canvas(tmp_path: Path) -> FakeCanvas:
    return FakeCanvas(tmp_path, "Mio", "A very long title of a picture, final version 12", "Ren")


@pytest.fixture
def plugin(canvas: FakeCanvas) -> Iterator[Plugin]:
    plugin = Plugin(canvas)
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


def be_ready(plugin: Plugin, **fields: object) -> None:
    """As if a server had said welcome."""
    plugin.session.state = State.READY
    plugin.session.welcome = read_welcome({**WELCOME, **fields})
    plugin.documents_changed()
    settle()


def be_at_work(plugin: Plugin, **fields: object) -> None:
    """As if all open documents were being decomposed, the first at the given point."""
    run = Run()
    for number, document in enumerate(plugin.canvas.documents):
        request = Request(document, document.title, "document", "builtin", "normal", "top", False)
        run.jobs.append(Job(str(number), request))
    for name, value in fields.items():
        setattr(run.jobs[0], name, value)
    plugin.session.run = run
    plugin.documents_changed()
    settle()


def settle() -> None:
    handle_events(0.1)


# ---- states


def test_without_a_server_it_says_how_to_start_one(docker: Docker, plugin: Plugin) -> None:
    plugin.choose(address="127.0.0.1:1", server_program="/no/such/program")
    wait_until(lambda: plugin.session.reason)
    settle()
    assert docker.welcome.isVisible()
    assert docker.welcome.command.field.text() == "layer-bridge serve --port 1"
    assert docker.welcome.connect_button.isEnabled()
    assert not docker.welcome.start_button.isVisible()
    assert docker.welcome.reason.text() == "No server answers at 127.0.0.1:1."
    assert not docker.decompose_button.isVisible()
    assert not docker.choices.isVisible()


def test_a_server_that_can_be_started_has_a_button(
    docker: Docker, plugin: Plugin, tmp_path: Path
) -> None:
    program = tmp_path / "layer-bridge"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    plugin.choose(server_program=str(program), address="127.0.0.1:1")
    settle()
    assert docker.welcome.start_button.isVisible()
    docker.welcome.start_button.click()
    settle()
    assert not docker.welcome.start_button.isEnabled()
    assert "Starting the server" in docker.status.text()
    docker.menu_button.menu().aboutToShow.emit()
    assert docker.stop_action.isVisible()
    docker.stop_action.trigger()
    plugin.documents_changed()
    settle()
    assert "Starting" not in docker.status.text()
    wait_until(lambda: not plugin.server.is_running)
    docker.menu_button.menu().aboutToShow.emit()
    assert not docker.stop_action.isVisible()
    plugin.choose(address="studio.example:7347")
    settle()
    assert not docker.welcome.start_button.isVisible()


def test_other_versions_say_what_to_run(docker: Docker, plugin: Plugin) -> None:
    plugin.session.connect()
    plugin.session.received(b"")
    plugin.session.state, plugin.session.reason = State.REFUSED, "They do not fit."
    plugin.documents_changed()
    settle()
    assert docker.welcome.command.field.text() == "layer-bridge install krita"
    assert "restart Krita" in docker.welcome.advice.text()


def test_connected_it_offers_to_decompose(docker: Docker, plugin: Plugin) -> None:
    be_ready(plugin)
    assert not docker.welcome.isVisible()
    assert docker.decompose_button.isEnabled()
    assert docker.all_button.text() == "All Open Documents (3)"
    assert "Connected" in docker.status.text()
    assert not docker.progress.isVisible()
    assert not docker.again_button.isVisible()


@pytest.mark.parametrize(
    ("server", "words"), [("9.0.0", "layer-bridge install krita"), ("0.0.1", "pipx upgrade")]
)
def test_a_server_of_another_version_is_noticed(
    docker: Docker, plugin: Plugin, server: str, words: str
) -> None:
    be_ready(plugin, server_version=server)
    assert docker.version_notice.isVisible()
    assert words in docker.version_notice.text.text()
    assert docker.decompose_button.isEnabled()


def no_document(plugin: Plugin) -> None:
    plugin.canvas.documents.clear()
    be_ready(plugin)


def engine_not_ready(plugin: Plugin) -> None:
    be_ready(plugin, engines=[{"name": "builtin", "ready": False, "detail": "Pull its weights."}])


def engine_unknown(plugin: Plugin) -> None:
    be_ready(plugin)
    plugin.choose(engine="quantum")


@pytest.mark.parametrize(
    ("bring_about", "sentence"),
    [
        (no_document, "Open a picture first."),
        (engine_not_ready, "Pull its weights."),
        (engine_unknown, "The server has no engine “quantum”; choose another one."),
    ],
)
def test_a_disabled_decompose_says_why(
    docker: Docker, plugin: Plugin, bring_about: Callable[[Plugin], None], sentence: str
) -> None:
    bring_about(plugin)
    settle()
    assert not docker.decompose_button.isEnabled()
    assert docker.decompose_button.toolTip() == sentence
    assert docker.why_not.text() == sentence
    assert docker.why_not.isVisible()
    docker.why_not.setSelection(0, len(sentence))
    assert docker.why_not.selectedText() == sentence


def test_an_engine_that_became_ready_can_be_used(docker: Docker, plugin: Plugin) -> None:
    engine_not_ready(plugin)
    be_ready(plugin)
    assert docker.decompose_button.isEnabled()
    assert not docker.why_not.isVisible()


def test_progress_has_stage_time_and_cancel_beside_it(docker: Docker, plugin: Plugin) -> None:
    be_ready(plugin)
    be_at_work(plugin, stage=Stage.RUNNING, work="finding lines", fraction=0.5, remaining_s=41.0)
    assert docker.progress.stage.toolTip() == "Finding lines, about 40 s left"
    assert docker.progress.document.toolTip() == "1 of 3: Mio"
    assert 0 < docker.progress.bar.value() < docker.progress.bar.maximum() / 3
    cancel, bar = docker.progress.cancel_button, docker.progress.bar
    assert cancel.isVisible()
    assert abs(cancel.geometry().center().y() - bar.geometry().center().y()) < 8
    assert not docker.decompose_button.isEnabled()
    assert docker.decompose_button.toolTip() == "This picture is being decomposed already."


def test_the_queue_is_told(docker: Docker, plugin: Plugin) -> None:
    be_ready(plugin)
    be_at_work(plugin, stage=Stage.QUEUED, ahead=2)
    assert docker.progress.stage.toolTip() == "Waiting, 2 ahead"


def test_an_error_can_be_copied_and_dismissed(docker: Docker, plugin: Plugin) -> None:
    be_ready(plugin)
    plugin.error = "The picture is too large."
    plugin.documents_changed()
    settle()
    assert docker.error.isVisible()
    docker.error.copy_button.click()
    assert QtWidgets.QApplication.clipboard().text() == "The picture is too large."
    docker.error.dismiss_button.click()
    settle()
    assert not docker.error.isVisible()


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_nothing_is_clipped(docker: Docker, plugin: Plugin, width: int) -> None:
    be_ready(plugin, server_version="9.0.0")
    be_at_work(plugin, stage=Stage.RUNNING, work="finding regions", remaining_s=100.0)
    plugin.error = "A long sentence about what went wrong, and what may be done about it now. " * 2
    plugin.notice = "What the artist should know about this picture and its layers."
    docker.resize(width, 700)
    plugin.documents_changed()
    settle()
    for label in docker.findChildren(QtWidgets.QLabel):
        if label.isVisible() and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()), label.text()
    for button in docker.findChildren(QtWidgets.QPushButton):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width(), button.text()
            right = button.mapTo(docker, QtCore.QPoint(button.width(), 0)).x()
            assert right <= docker.width(), button.text()


# ---- clicks


def test_choices_are_kept(docker: Docker, plugin: Plugin) -> None:
    be_ready(plugin, compositions=[*COMPOSITIONS, "sepia"])
    choices = docker.choices
    assert choices.composition.itemText(4) == "sepia"
    for combo, index in (
        (choices.scope, 2),
        (choices.composition, 3),
        (choices.placement, 1),
    ):
        combo.setCurrentIndex(index)
        combo.activated.emit(index)
    assert plugin.settings.scope is Scope.SELECTION
    assert plugin.settings.placement is Placement.ABOVE_ACTIVE
    assert plugin.settings.composition == "normal"


def test_originals_are_hidden_only_where_they_are(docker: Docker, plugin: Plugin) -> None:
    be_ready(plugin)
    hide = docker.choices.hide_originals
    assert not hide.isChecked()
    assert "undo does not show them again" in hide.toolTip()
    hide.click()
    assert plugin.settings.hide_originals
    plugin.choose(placement=Placement.NEW_DOCUMENT)
    settle()
    assert not hide.isEnabled()
    assert not hide.isChecked()
    plugin.choose(placement=Placement.TOP)
    settle()
    assert hide.isEnabled()
    assert hide.isChecked()


def test_two_windows_show_one_state(docker: Docker, plugin: Plugin) -> None:
    other = Docker(plugin)
    be_ready(plugin)
    plugin.choose(composition="glow")
    settle()
    assert other.choices.composition.currentData() == "glow"
    assert docker.choices.composition.currentData() == "glow"
    other.deleteLater()
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    plugin.choose(composition="screen")
    settle()
    assert plugin.error == ""
    assert docker.choices.composition.currentData() == "screen"


def test_a_docker_in_sight_is_known(docker: Docker, plugin: Plugin) -> None:
    assert plugin.visible_dockers
    docker.hide()
    assert not plugin.visible_dockers


def test_settings_are_checked_before_they_are_kept(plugin: Plugin) -> None:
    dialog = SettingsDialog(plugin)
    dialog.show()
    ok = dialog.buttons.button(QtWidgets.QDialogButtonBox.StandardButton.Ok)
    dialog.address.setText("http://studio/page")
    ok.click()
    assert dialog.isVisible()
    assert dialog.problem.isVisible()
    dialog.address.setText("wss://studio.example:9000")
    dialog.token.setText(" secret ")
    ok.click()
    assert not dialog.isVisible()
    assert plugin.settings.address == "wss://studio.example:9000"
    assert plugin.settings.token == "secret"


def test_the_manual_is_there() -> None:
    assert "layer-bridge serve" in MANUAL.read_text(encoding="utf-8")


# ---- faults


def test_a_fault_in_a_slot_is_shown_and_not_raised(
    docker: Docker, plugin: Plugin, canvas: FakeCanvas
) -> None:
    be_ready(plugin)
    canvas.open_documents = lambda: 1 // 0  # type: ignore[method-assign,assignment,return-value]
    docker.decompose_button.click()
    settle()
    assert "ZeroDivisionError" in docker.error.text.text()
    assert "diagnostics" in docker.error.text.text()


CONNECTORS = ("connect", "_timer", "_add_action")
"""Methods whose last argument is a slot."""


def test_every_slot_is_guarded() -> None:
    """Whatever is connected to a signal is one of Qt's own slots or a method under `@guarded`."""
    guarded, connected = set(), set()
    for path in Path(str(layer_bridge.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and "guarded" in {
                getattr(decorator, "id", "") for decorator in node.decorator_list
            }:
                guarded.add(node.name)
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in CONNECTORS:
                connected |= {ast.unparse(slot).rpartition(".")[2] for slot in node.args[-1:]}
    qt_and_variables = {"slot", "on_dismiss", "deleteLater"}
    assert len(connected) > 20
    assert connected - guarded - qt_and_variables == set()


def test_every_action_has_its_words() -> None:
    text = (Path(str(layer_bridge.__file__)).parent / "layer_bridge.action").read_text()
    for name, title in wording.ACTIONS.items():
        assert f'<Action name="{name}">' in text
        assert f"<text>{title}</text>" in text
