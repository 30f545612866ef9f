"""The plugin's state, at work with a real server and a canvas in memory."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from layer_bridge.address import Address
from layer_bridge.plugin import Plugin
from layer_bridge.protocol import BLEND_MODES
from layer_bridge.session import State
from layer_bridge.settings import Placement, Scope, Settings

from engine import Progress
from tests.bridge.fakes import SwatchEngine
from tests.krita_plugin.event_loop import handle_events, wait_until
from tests.krita_plugin.fake_canvas import FakeCanvas
from tests.krita_plugin.server_thread import ServerThread, server_thread

pytestmark = pytest.mark.usefixtures("application")


class Gate:
    """Lets the engine's work go on when the test says so."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.opened.set()

    def __call__(self, progress: Progress) -> None:
        progress("finding lines", 0.4)
        while not self.opened.wait(0.01):
            progress("finding lines", 0.4)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def server(gate: Gate) -> Iterator[ServerThread]:
    with server_thread(SwatchEngine(gate)) as server:
        yield server


@pytest.fixture
def canvas(tmp_path: Path) -> FakeCanvas:
    return FakeCanvas(tmp_path, "Mio", "Haru", "Ren")


@pytest.fixture
def plugin(canvas: FakeCanvas, server: ServerThread) -> Iterator[Plugin]:
    plugin = Plugin(canvas)
    plugin.choose(address=f"127.0.0.1:{server.port}")
    wait_until(lambda: plugin.session.state is State.READY)
    yield plugin
    plugin.close()


def run_to_the_end(plugin: Plugin) -> None:
    wait_until(lambda: plugin.session.run is None)


def wait_for_work(plugin: Plugin) -> None:
    """Until the engine works on the current job."""
    wait_until(lambda: plugin.session.run and plugin.session.run.current.work == "finding lines")


# ---- decompose


def test_a_picture_comes_back_as_four_layers(plugin: Plugin, canvas: FakeCanvas) -> None:
    plugin.decompose()
    run_to_the_end(plugin)
    (group,) = canvas.documents[0].groups
    title, placement, replace, layers = group
    assert (title, placement, replace) == ("Layers: Mio", "top", False)
    assert [layer.name for layer in layers] == ["Flat Color", "Shadow", "Highlight", "Line Art"]
    assert all(layer.blend_mode in BLEND_MODES for layer in layers)
    flat = layers[0]
    assert (flat.x, flat.y, flat.width, flat.height) == (0, 0, 8, 6)
    assert bytes(flat.pixels) == b"\xc8\x28\x28\xff" * 48
    assert plugin.error == ""
    assert plugin.summary == "“Mio” is decomposed. The layers restack exactly."


def test_the_choices_go_along(plugin: Plugin, canvas: FakeCanvas) -> None:
    plugin.choose(scope=Scope.SELECTION, placement=Placement.ABOVE_ACTIVE, composition="normal")
    plugin.choose(hide_originals=True)
    plugin.replace = True
    plugin.decompose()
    run_to_the_end(plugin)
    document = canvas.documents[0]
    (group,) = document.groups
    assert document.readings == [("selection", True)]
    assert group[1:3] == ("above_active", True)
    assert document.hidden
    assert {layer.blend_mode for layer in group[3]} == {"normal"}


def test_for_a_new_document_the_last_group_is_read_too(plugin: Plugin, canvas: FakeCanvas) -> None:
    plugin.choose(placement=Placement.NEW_DOCUMENT)
    plugin.replace = True
    plugin.decompose()
    run_to_the_end(plugin)
    assert canvas.documents[0].readings == [("document", False)]


def test_the_result_goes_where_it_came_from(plugin: Plugin, canvas: FakeCanvas, gate: Gate) -> None:
    gate.opened.clear()
    plugin.decompose()
    wait_for_work(plugin)
    canvas.documents.reverse()
    plugin.documents_changed()
    gate.opened.set()
    run_to_the_end(plugin)
    assert [len(document.groups) for document in canvas.documents] == [0, 0, 1]


def test_a_document_closed_meanwhile_is_reported(
    plugin: Plugin, canvas: FakeCanvas, gate: Gate
) -> None:
    gate.opened.clear()
    plugin.decompose()
    wait_for_work(plugin)
    canvas.documents[0].open = False
    gate.opened.set()
    run_to_the_end(plugin)
    assert plugin.error == "“Mio” was closed; open it again."


def test_the_server_stops_for_a_document_that_was_closed(
    plugin: Plugin, canvas: FakeCanvas, gate: Gate
) -> None:
    gate.opened.clear()
    plugin.decompose()
    wait_for_work(plugin)
    closed = canvas.documents.pop(0)
    closed.open = False
    plugin.documents_changed()
    assert plugin.session.run is None
    assert plugin.error == "“Mio” was closed, so it is not decomposed; open it and try again."
    plugin.decompose()
    wait_for_work(plugin)
    gate.opened.set()
    run_to_the_end(plugin)
    assert (closed.groups, len(canvas.documents[0].groups)) == ([], 1)


def test_a_fault_of_the_canvas_is_shown_and_logged(plugin: Plugin, canvas: FakeCanvas) -> None:
    canvas.documents[0].fault = ZeroDivisionError("by nought")
    plugin.decompose()
    run_to_the_end(plugin)
    assert "ZeroDivisionError" in plugin.error
    assert "ZeroDivisionError" in plugin.log_file.read_text(encoding="utf-8")


def test_while_the_artist_paints_the_layers_wait(plugin: Plugin, canvas: FakeCanvas) -> None:
    canvas.documents[0].fault = canvas.Busy("Krita is still at work.")
    plugin.decompose()
    handle_events(0.3)
    assert plugin.session.run is not None
    canvas.documents[0].fault = None
    run_to_the_end(plugin)
    assert (plugin.error, len(canvas.documents[0].groups)) == ("", 1)


def test_what_the_canvas_wants_known_is_shown(plugin: Plugin, canvas: FakeCanvas) -> None:
    canvas.documents[0].notice = "It was converted."
    plugin.decompose()
    run_to_the_end(plugin)
    assert plugin.notice == "It was converted."


def test_notices_of_several_documents_are_all_shown_once(
    plugin: Plugin, canvas: FakeCanvas
) -> None:
    for document, notice in zip(canvas.documents, ("One.", "Two.", "One."), strict=True):
        document.notice = notice
    plugin.decompose_all()
    run_to_the_end(plugin)
    assert plugin.notice == "One.\nTwo."


def test_one_document_is_not_decomposed_twice_at_once(
    plugin: Plugin, canvas: FakeCanvas, gate: Gate
) -> None:
    gate.opened.clear()
    plugin.decompose()
    plugin.decompose()
    assert plugin.error == "This picture is being decomposed already."
    gate.opened.set()
    run_to_the_end(plugin)
    assert len(canvas.documents[0].groups) == 1


def test_without_a_document_there_is_a_sentence(plugin: Plugin, canvas: FakeCanvas) -> None:
    canvas.documents.clear()
    plugin.decompose()
    assert plugin.error == "Open a picture first."
    assert canvas.messages == ["Layer Bridge: Open a picture first."]


def test_without_a_server_the_docker_is_asked_for(canvas: FakeCanvas) -> None:
    plugin, asked = Plugin(canvas), []
    plugin.attention.connect(lambda: asked.append(True))
    plugin.decompose()
    assert plugin.error == "There is no connection to the server."
    assert asked == [True]


# ---- all open documents


def test_all_open_documents_one_after_another(plugin: Plugin, canvas: FakeCanvas) -> None:
    plugin.choose(scope=Scope.LAYER)
    canvas.documents[1].fault = canvas.Refusal("It was closed.")
    plugin.decompose_all()
    run_to_the_end(plugin)
    assert [len(document.groups) for document in canvas.documents] == [1, 0, 1]
    assert canvas.documents[0].readings == [("document", False)]
    assert plugin.summary == "2 of 3 documents are decomposed."
    assert plugin.error == "Haru: It was closed."


def test_all_leaves_out_what_is_on_its_way(plugin: Plugin, canvas: FakeCanvas, gate: Gate) -> None:
    gate.opened.clear()
    plugin.decompose()
    plugin.decompose_all()
    assert len(plugin.session.run.jobs) == 3
    gate.opened.set()
    run_to_the_end(plugin)
    assert [len(document.groups) for document in canvas.documents] == [1, 1, 1]


def test_cancel_stops_all_that_is_left(plugin: Plugin, canvas: FakeCanvas, gate: Gate) -> None:
    gate.opened.clear()
    plugin.decompose_all()
    wait_for_work(plugin)
    plugin.cancel()
    assert plugin.session.run is None
    assert plugin.summary == "0 of 3 documents are decomposed, 3 cancelled."
    gate.opened.set()
    plugin.decompose()
    run_to_the_end(plugin)
    assert [len(document.groups) for document in canvas.documents] == [1, 0, 0]


# ---- the last result


def test_the_last_result_goes_in_again_without_the_server(
    plugin: Plugin, canvas: FakeCanvas, server: ServerThread
) -> None:
    plugin.decompose()
    run_to_the_end(plugin)
    server.stop()
    wait_until(lambda: plugin.session.state is not State.READY)
    assert not canvas.documents[0].hidden
    plugin.choose(placement=Placement.NEW_DOCUMENT, hide_originals=True)
    plugin.insert_again()
    first, second = canvas.documents[0].groups
    assert canvas.documents[0].hidden
    assert second[1] == "new_document"
    assert second[3] == first[3]


def test_inserting_again_into_a_closed_document_is_refused(
    plugin: Plugin, canvas: FakeCanvas
) -> None:
    plugin.decompose()
    run_to_the_end(plugin)
    canvas.documents[0].open = False
    plugin.insert_again()
    assert plugin.error == "“Mio” was closed; open it again."


# ---- notices


def test_an_end_is_announced_only_where_no_docker_is_seen(
    plugin: Plugin, canvas: FakeCanvas
) -> None:
    plugin.visible_dockers.add(1)
    plugin.decompose()
    run_to_the_end(plugin)
    assert canvas.messages == []
    plugin.visible_dockers.clear()
    plugin.decompose()
    run_to_the_end(plugin)
    assert canvas.messages == [f"Layer Bridge: {plugin.summary}"]


# ---- the server comes and goes


def test_a_killed_server_fails_the_job_and_the_next_one_is_found(
    plugin: Plugin, canvas: FakeCanvas, server: ServerThread, gate: Gate
) -> None:
    gate.opened.clear()
    plugin.decompose()
    wait_for_work(plugin)
    server.stop()
    wait_until(lambda: plugin.session.state is not State.READY)
    assert plugin.session.run is None
    assert plugin.error == "The server is stopping; start it again and repeat."
    gate.opened.set()
    with server_thread(SwatchEngine(), port=server.port):
        wait_until(lambda: plugin.session.state is State.READY)
        plugin.decompose()
        run_to_the_end(plugin)
    assert len(canvas.documents[0].groups) == 1
    assert plugin.error == ""


def test_another_address_connects_anew(plugin: Plugin) -> None:
    with server_thread(SwatchEngine()) as other:
        plugin.choose(address=f"localhost:{other.port}")
        assert plugin.session.state is State.CONNECTING
        wait_until(lambda: plugin.session.state is State.READY)


def test_at_the_start_the_usual_place_is_tried_too(canvas: FakeCanvas) -> None:
    Settings(address="127.0.0.1:1").save(canvas.folder / "layer_bridge" / "settings.json")
    plugin = Plugin(canvas)
    plugin.start()
    assert plugin.reached == Address(port=1)
    wait_until(lambda: plugin.reached == Address())
    assert Plugin(canvas).settings.address == plugin.settings.address == "127.0.0.1:1"
    assert plugin.server_command() == "layer-bridge serve --port 1"
    plugin.close()


def test_choices_outlive_krita(plugin: Plugin, canvas: FakeCanvas) -> None:
    plugin.choose(composition="glow", placement=Placement.NEW_DOCUMENT)
    again = Plugin(canvas)
    assert again.settings == plugin.settings


def test_a_server_that_cannot_be_started_is_explained(plugin: Plugin, tmp_path: Path) -> None:
    program = tmp_path / "layer-bridge"
    program.write_text("no program at all")
    program.chmod(0o755)
    plugin.choose(server_program=str(program))
    plugin.start_server()
    assert "cannot be started" in plugin.error


def test_a_server_that_ends_at_once_is_explained(canvas: FakeCanvas, tmp_path: Path) -> None:
    program = tmp_path / "layer-bridge"
    program.write_text("#!/bin/sh\necho 'Port 7347 is taken by another program.'\nexit 2\n")
    program.chmod(0o755)
    plugin = Plugin(canvas)
    plugin.choose(server_program=str(program), address="127.0.0.1:1")
    plugin.start_server()
    wait_until(lambda: plugin.error)
    assert plugin.error == "The server ended: Port 7347 is taken by another program."
    plugin.close()
