"""Scenes in which something comes between: a click on Cancel, a dead server, a stroke, a window."""

import time

from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QDockWidget
from studio import DOCKER, scene, tree, until


@scene
def cancelled(studio, pictures):
    """Cancel while the server works; then decompose after all."""
    document = yield from studio.open(pictures["large"])
    undo_before = studio.krita.action("edit_undo").text()
    studio.trigger("layer_bridge_decompose")
    yield from studio.until_stage("RUNNING")
    yield from studio.photograph("running")
    begun = time.monotonic()
    studio.trigger("layer_bridge_cancel")
    yield from until(studio.is_idle, "it is cancelled")
    seconds = time.monotonic() - begun
    yield 0.3
    yield from studio.photograph("cancelled")
    found = {
        "seconds": seconds,
        "tree": tree(document.rootNode()),
        "undo": [undo_before, studio.krita.action("edit_undo").text()],
        "summary": studio.plugin.summary,
        "error": studio.plugin.error,
    }
    yield from studio.close_all()
    document = yield from studio.open(pictures["figure"])
    yield from studio.decompose()
    found["tree_later"] = tree(document.rootNode())
    return found


@scene
def server_killed(studio, pictures):
    """The server dies at work and comes back."""
    document = yield from studio.open(pictures["large"])
    studio.trigger("layer_bridge_decompose")
    yield from studio.until_stage("RUNNING")
    studio.kill_server()
    yield from until(studio.is_idle, "the job is given up")
    yield from studio.photograph("server-gone")
    found = {"error": studio.plugin.error, "tree": tree(document.rootNode())}
    yield from studio.close_all()
    document = yield from studio.open(pictures["figure"])
    yield from studio.start_server()
    yield from studio.decompose()
    found["tree_later"] = tree(document.rootNode())
    return found


@scene
def closed_meanwhile(studio, pictures):
    """The document is closed while the server works."""
    document = yield from studio.open(pictures["large"])
    studio.trigger("layer_bridge_decompose")
    yield from studio.until_stage("RUNNING")
    document.setModified(False)
    document.close()
    yield 0.1
    found = {"is_idle": studio.is_idle(), "error": studio.plugin.error}
    yield from studio.photograph("error")
    return found


@scene
def painted_meanwhile(studio, pictures):
    """The artist is in the middle of a stroke when the layers arrive."""
    document = yield from studio.open(pictures["figure"])
    studio.krita.action("KritaShape/KisToolBrush").trigger()
    yield 0.2
    view = studio.canvas_widget()
    QTest.mousePress(view, Qt.LeftButton, Qt.NoModifier, QPoint(50, 50))
    yield 0.1
    QTest.mouseMove(view, QPoint(90, 60))
    studio.trigger("layer_bridge_decompose")
    yield 0.5
    found = {"reading": studio.plugin.session.run.current.stage.name}
    QTest.mouseRelease(view, Qt.LeftButton, Qt.NoModifier, QPoint(90, 60))
    yield from studio.until_stage("SENDING", "QUEUED", "RUNNING")
    QTest.mousePress(view, Qt.LeftButton, Qt.NoModifier, QPoint(50, 90))
    yield from studio.until_stage("PLACING")
    yield 0.5
    found["placing"] = studio.plugin.session.run.current.stage.name
    found["nodes_meanwhile"] = len(document.rootNode().childNodes())
    QTest.mouseRelease(view, Qt.LeftButton, Qt.NoModifier, QPoint(90, 90))
    yield from until(studio.is_idle, "the layers are placed")
    yield 0.15
    found["tree"] = tree(document.rootNode())
    found["error"] = studio.plugin.error
    return found


@scene
def nothing_to_see(studio, pictures):
    document = yield from studio.open(pictures["figure"])
    document.rootNode().childNodes()[0].setVisible(False)
    document.refreshProjection()
    yield from studio.decompose()
    return {"error": studio.plugin.error, "tree": tree(document.rootNode())}


@scene
def started_from_the_docker(studio, pictures):
    """The artist starts the server with the docker's button, and stops it."""
    document = yield from studio.open(pictures["figure"])
    studio.kill_server()
    yield from until(lambda: not studio.is_ready(), "the server is gone")
    studio.plugin.choose(server_program=studio.program)
    yield from studio.photograph("start-server")
    studio.plugin.start_server()
    yield from until(studio.is_ready, "the server answers")
    yield from studio.decompose()
    found = {"tree": tree(document.rootNode()), "error": studio.plugin.error}
    studio.plugin.stop_server()
    said = set()

    def status():
        said.add(studio.docker().widget().status.text())

    studio.plugin.changed.connect(status)
    yield from until(lambda: not studio.is_ready(), "the server is stopped")
    yield from studio.photograph("stopped-server")
    studio.plugin.changed.disconnect(status)
    found["said_after_stop"] = sorted(said)
    studio.plugin.choose(server_program="")
    yield from studio.start_server()
    return found


@scene
def second_window(studio, pictures):
    """A second main window has its own docker and the same state; closing it harms nothing."""
    yield from studio.open(pictures["figure"])
    window = studio.krita.openWindow()
    yield 1.0
    dockers = [
        docker
        for each in studio.krita.windows()
        for docker in each.qwindow().findChildren(QDockWidget, DOCKER)
    ]
    found = {"dockers": len(dockers), "windows": len(studio.krita.windows())}
    window.qwindow().close()
    yield 0.5
    document = studio.krita.documents()[0]
    studio.krita.windows()[0].activate()
    yield
    yield from studio.decompose()
    found["tree"] = tree(document.rootNode())
    found["error"] = studio.plugin.error
    return found
