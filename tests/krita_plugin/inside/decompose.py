"""Scenes of an artist at work with the installed plugin and a real server."""

import sys
import time
import traceback
from pathlib import Path

from PyQt5.QtCore import QPoint, Qt
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import QDockWidget
from studio import DOCKER, Studio, tree, until

SRGB = "sRGB-elle-V2-srgbtrc.icc"
SCENES = {}


def scene(function):
    SCENES[function.__name__] = function
    return function


def main(arguments):
    """Play the scenes; for each, what was found, or how it failed."""
    studio = Studio(arguments)
    found, faults, seconds = {}, {}, {}
    only = arguments.get("only")
    yield from before_the_server(studio)
    yield from studio.start_server()
    yield from studio.photograph("ready-no-document")
    try:
        for name, function in SCENES.items():
            if only not in (None, name):
                continue
            begun = time.monotonic()
            sys.stderr.write(f"scene: {name}\n")
            try:
                found[name] = yield from function(studio, arguments["pictures"])
            except Exception:
                faults[name] = traceback.format_exc()
            yield from studio.put_in_order()
            seconds[name] = round(time.monotonic() - begun, 1)
    finally:
        studio.kill_server()
        studio.plugin.stop_server()
    return {"found": found, "faults": faults, "seconds": seconds}


def before_the_server(studio):
    yield from until(lambda: studio.plugin.session.reason, "the first attempt fails")
    yield from studio.photograph("no-server")


@scene
def one_document(studio, pictures):
    """Open, decompose, look, undo, redo, save, open again."""
    krita = studio.krita
    document = yield from studio.open(pictures["figure"])
    hidden = document.createNode("notes", "paintlayer")
    hidden.setPixelData(b"\x00\x00\xff\xff" * 400, 0, 0, 20, 20)
    document.rootNode().addChildNode(hidden, None)
    hidden = document.rootNode().childNodes()[-1]
    hidden.setVisible(False)
    yield
    document.setActiveNode(document.rootNode().childNodes()[0])
    yield
    found = {"before": studio.dump(document, "before"), "tree_before": tree(document.rootNode())}
    found["active_before"] = document.activeNode().name()
    found["undo_before"] = krita.action("edit_undo").text()
    yield from studio.photograph("ready")
    found["seconds"] = yield from studio.decompose()
    found["summary"], found["error"] = studio.plugin.summary, studio.plugin.error
    yield from studio.photograph("done")
    yield from studio.photograph_window("window")
    yield from studio.photograph_settings("settings")
    found["after"] = studio.dump(document, "after")
    found["tree_after"] = tree(document.rootNode())
    found["active_after"] = document.activeNode().name()
    group = document.rootNode().childNodes()[-1]
    found["alone"] = studio.dump_alone(document, group, "alone")
    found["layers"] = [
        studio.dump_node(document, node, f"layer-{number}")
        for number, node in enumerate(group.childNodes())
    ]
    krita.action("edit_undo").trigger()
    yield 0.2
    found["undone"] = studio.dump(document, "undone")
    found["tree_undone"] = tree(document.rootNode())
    found["undo_undone"] = krita.action("edit_undo").text()
    krita.action("edit_redo").trigger()
    yield 0.2
    found["redone"] = studio.dump(document, "redone")
    saved = str(studio.folder / "saved.kra")
    document.setBatchmode(True)
    assert document.saveAs(saved)
    document.waitForDone()
    yield from studio.close_all()
    again = yield from studio.open(saved)
    found["reloaded"] = studio.dump(again, "reloaded")
    found["tree_reloaded"] = tree(again.rootNode())
    return found


@scene
def compositions(studio, pictures):
    """A figure on nothing, in each composition; the group alone against the picture."""
    document = yield from studio.open(pictures["figure"])
    found = {"before": studio.dump(document, "composed-before")}
    for name in ("production", "screen", "glow", "normal"):
        studio.plugin.choose(composition=name)
        yield from studio.decompose()
        group = document.rootNode().childNodes()[-1]
        found[name] = {
            "alone": studio.dump_alone(document, group, f"composed-{name}"),
            "modes": [node.blendingMode() for node in group.childNodes()],
            "layers": [
                studio.dump_node(document, node, f"composed-{name}-{number}")
                for number, node in enumerate(group.childNodes())
            ],
        }
        studio.krita.action("edit_undo").trigger()
        yield 0.2
    studio.plugin.choose(composition="production")
    return found


@scene
def all_open_documents(studio, pictures):
    documents = []
    for path in pictures["three"]:
        documents.append((yield from studio.open(path)))
    before = [studio.dump(document, f"all-before-{n}") for n, document in enumerate(documents)]
    active = studio.krita.activeDocument().fileName()
    studio.trigger("layer_bridge_decompose_all")
    yield from studio.until_stage("RUNNING")
    yield from studio.photograph("all-running")
    yield from until(studio.is_idle, "all are decomposed")
    yield from studio.photograph("all-done")
    return {
        "before": before,
        "after": [studio.dump(document, f"all-after-{n}") for n, document in enumerate(documents)],
        "trees": [tree(document.rootNode()) for document in documents],
        "summary": studio.plugin.summary,
        "active": [active, studio.krita.activeDocument().fileName()],
    }


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
def sixteen_bits(studio, pictures):
    deep = pictures["deep"]
    document = studio.krita.createDocument(*deep["size"], "deep", "RGBA", "U16", SRGB, 300.0)
    raw = Path(deep["path"]).read_bytes()
    document.rootNode().childNodes()[0].setPixelData(raw, 0, 0, *deep["size"])
    document.refreshProjection()
    studio.krita.activeWindow().addView(document)
    yield 0.2
    found = {"before": studio.dump(document, "deep-before")}
    yield from studio.decompose()
    found["after"] = studio.dump(document, "deep-after")
    group = document.rootNode().childNodes()[-1]
    found["alone"] = studio.dump_alone(document, group, "deep-alone")
    found["tree"] = tree(document.rootNode())
    return found


@scene
def grayscale(studio, pictures):
    document = yield from studio.open(pictures["gray"])
    found = {"before": studio.dump(document, "gray-before")}
    yield from studio.decompose()
    yield from studio.photograph("notice")
    opened = studio.krita.activeDocument()
    found["after"] = studio.dump(document, "gray-after")
    found["tree"] = tree(document.rootNode())
    found["opened"] = studio.dump(opened, "gray-opened")
    found["opened_tree"] = tree(opened.rootNode())
    found["notice"] = studio.plugin.notice
    return found


@scene
def color_models(studio, pictures):
    """The figure in other models; what Krita itself shows of it and of its layers, in sRGB."""
    found = {}
    for name, space in pictures["spaces"].items():
        document = yield from studio.open(pictures["figure"])
        document.setColorSpace(*space)
        document.waitForDone()
        yield 0.1
        before = studio.dump_srgb(document, f"{name}-before")
        yield from studio.decompose()
        placed = studio.krita.activeDocument()
        group = placed.rootNode().childNodes()[-1]
        for node in placed.rootNode().childNodes()[:-1]:
            node.setVisible(False)
        found[name] = {
            "before": before,
            "alone": studio.dump_srgb(placed, f"{name}-alone"),
            "tree": tree(group.parentNode()),
            "is_new": placed != document,
            "depth": placed.colorDepth(),
            "notice": studio.plugin.notice,
        }
        yield from studio.close_all()
    return found


@scene
def layer_and_selection(studio, pictures):
    """The active layer only, then the selection only, then that one anew with other settings."""
    from krita import Selection
    from layer_bridge.settings import Scope

    document = yield from studio.open(pictures["figure"])
    width, height = document.width(), document.height()
    studio.plugin.choose(scope=Scope.LAYER)
    yield from studio.decompose()
    found = {"layer": studio.dump(document, "scope-layer"), "size": [width, height]}
    found["before"] = studio.dump_alone(document, document.rootNode().childNodes()[0], "scope")
    studio.krita.action("edit_undo").trigger()
    yield 0.2
    selection = Selection()
    selection.select(width // 4, height // 4, width // 2, height // 2, 255)
    document.setSelection(selection)
    yield 0.3
    studio.plugin.choose(scope=Scope.SELECTION)
    yield from studio.decompose()
    group = next(x for x in document.rootNode().childNodes() if x.type() == "grouplayer")
    found["selection"] = studio.dump_alone(document, group, "scope-selection")
    studio.plugin.choose(composition="glow")
    studio.plugin.replace = True
    yield from studio.decompose()
    studio.plugin.replace = False
    studio.plugin.choose(composition="production", scope=Scope.DOCUMENT)
    found["replaced"] = tree(document.rootNode())
    studio.krita.action("edit_undo").trigger()
    yield 0.2
    found["undone"] = tree(document.rootNode())
    return found


@scene
def put_in_again(studio, pictures):
    """The last result, after an undo, without the server."""
    document = yield from studio.open(pictures["figure"])
    yield from studio.decompose()
    first = studio.dump(document, "again-first")
    studio.krita.action("edit_undo").trigger()
    yield 0.2
    studio.plugin.insert_again()
    yield 0.2
    return {
        "first": first,
        "again": studio.dump(document, "again-again"),
        "tree": tree(document.rootNode()),
    }


@scene
def isolated(studio, pictures):
    """Isolate Active Layer is on at the click."""
    document = yield from studio.open(pictures["figure"])
    empty = document.createNode("empty", "paintlayer")
    document.rootNode().addChildNode(empty, None)
    yield
    document.setActiveNode(document.rootNode().childNodes()[-1])
    yield
    isolate = studio.krita.action("isolate_active_layer")
    isolate.trigger()
    yield 0.2
    found = {"isolated": isolate.isChecked()}
    yield from studio.decompose()
    if isolate.isChecked():
        isolate.trigger()
    yield 0.2
    group = document.rootNode().childNodes()[-1]
    found["alone"] = studio.dump_alone(document, group, "isolated-alone")
    found["before"] = studio.dump_alone(
        document, document.rootNode().childNodes()[0], "isolated-before"
    )
    return found


@scene
def closed_meanwhile(studio, pictures):
    """The document is closed while the server works."""
    document = yield from studio.open(pictures["large"])
    studio.trigger("layer_bridge_decompose")
    yield from studio.until_stage("RUNNING")
    document.setModified(False)
    document.close()
    yield from until(studio.is_idle, "the job comes to an end")
    yield from studio.photograph("error")
    return {"error": studio.plugin.error}


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
    yield from until(lambda: not studio.is_ready(), "the server is stopped")
    yield from studio.photograph("stopped-server")
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
