"""An artist's session in a real Krita: documents, the plugin's docker, a real server.

Generators give Krita its event loop back at each `yield`, for as many seconds as they yield.
"""

import os
import subprocess
import time
from pathlib import Path

import layer_bridge
from krita import Krita
from layer_bridge.protocol import DEFAULT_COMPOSITION
from layer_bridge.session import State
from layer_bridge.settings import Placement, Scope
from layer_bridge.settings_dialog import SettingsDialog
from PyQt5.QtWidgets import QWidget

DOCKER = "layerBridgeDocker"
SRGB = "sRGB-elle-V2-srgbtrc.icc"
SCENES = {}
PATIENCE_SECONDS = 30


def scene(function):
    """A scene is given the studio and the pictures, and gives back what it found."""
    SCENES[function.__name__] = function
    return function


def until(condition, what, seconds=PATIENCE_SECONDS):
    """Wait until something is so; gives back how many seconds that took."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"waited in vain: {what}; {state_of_plugin()}")
        yield
    return time.monotonic() - begun


def state_of_plugin():
    plugin = layer_bridge.extension.plugin
    run = plugin.session.run
    jobs = [] if run is None else [(job.stage.name, job.work, job.fraction) for job in run.jobs]
    return f"{plugin.session.state} {jobs} {plugin.error!r} {plugin.summary!r}"


class Studio:
    """What the artist has in front of them.

    Args:
        arguments: "folder" for documents' pixels and saved files, "screenshots" for pictures of
            the docker, "program" that is `layer-bridge`, "command" that starts the server.
    """

    def __init__(self, arguments):
        self.folder, self.screenshots = Path(arguments["folder"]), Path(arguments["screenshots"])
        self.program, self.command = arguments["program"], arguments["command"]
        self.krita = Krita.instance()
        self.plugin = layer_bridge.extension.plugin
        self.server = None

    # ---- the server

    def start_server(self):
        log = (self.folder / "server.log").open("ab")
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.server = subprocess.Popen(self.command, stdout=log, stderr=log, env=environment)
        self.plugin.connect_to_server()
        yield from until(self.is_ready, "the server answers")

    def is_ready(self):
        return self.plugin.session.state is State.READY

    def kill_server(self):
        self.server.kill()
        self.server.wait()

    # ---- documents

    def open(self, path):
        document = self.krita.openDocument(str(path))
        self.krita.activeWindow().addView(document)
        yield 0.2
        return document

    def close_all(self):
        yield 0.3
        for document in self.krita.documents():
            document.setBatchmode(True)
            document.setModified(False)
            document.close()
        yield 0.1

    def put_in_order(self):
        """Nothing open, nothing under way, every setting as it was."""
        if not self.is_idle():
            yield from self.decompose("layer_bridge_cancel")
        self.plugin.replace = False
        self.plugin.choose(
            scope=Scope.DOCUMENT,
            placement=Placement.TOP,
            composition=DEFAULT_COMPOSITION,
            hide_originals=False,
            engine="builtin",
        )
        self.plugin.last, self.plugin.summary, self.plugin.notice = None, "", ""
        self.plugin.dismiss_error()
        yield from self.close_all()

    def dump(self, document, name):
        """Write what the document shows as raw pixels of its own; say what they are."""
        document.refreshProjection()
        return self.dump_as_it_is(document, name)

    def dump_as_it_is(self, document, name):
        """The same, without asking Krita to draw anything anew."""
        document.waitForDone()
        return self.dump_node(document, document.rootNode(), name)

    def dump_node(self, document, node, name):
        width, height = document.width(), document.height()
        path = self.folder / f"{name}.raw"
        path.write_bytes(bytes(node.projectionPixelData(0, 0, width, height)))
        return {
            "path": str(path),
            "size": [width, height],
            "space": [node.colorModel(), node.colorDepth(), node.colorProfile()],
        }

    def dump_srgb(self, document, name):
        """Write what the document shows as Krita itself converts it to sRGB."""
        document.refreshProjection()
        document.waitForDone()
        width, height = document.width(), document.height()
        image = document.projection(0, 0, width, height)
        path = self.folder / f"{name}.raw"
        path.write_bytes(bytes(image.constBits().asarray(image.sizeInBytes())))
        return {"path": str(path), "size": [width, height], "space": ["RGBA", "U8", "sRGB"]}

    def dump_alone(self, document, node, name):
        """What the document shows when all but one top-level node are hidden."""
        nodes = document.rootNode().childNodes()
        shown = [other.visible() for other in nodes]
        for other in nodes:
            other.setVisible(other.uniqueId() == node.uniqueId())
        found = self.dump(document, name)
        for other, visible in zip(nodes, shown):  # noqa: B905 - of one length
            other.setVisible(visible)
        document.refreshProjection()
        document.waitForDone()
        return found

    # ---- the plugin

    def decompose(self, action="layer_bridge_decompose"):
        """Trigger an action and wait until all that it began is over; the seconds that took."""
        self.trigger(action)
        seconds = yield from until(self.is_idle, f"{action} comes to an end")
        yield 0.15
        return seconds

    def trigger(self, action):
        self.krita.action(action).trigger()

    def is_idle(self):
        return self.plugin.session.run is None

    def until_stage(self, *stages):
        def reached():
            run = self.plugin.session.run
            job = None if run is None else run.current
            return job is not None and job.stage.name in stages

        yield from until(reached, f"the stage {stages}")

    def docker(self):
        return next(x for x in self.krita.dockers() if x.objectName() == DOCKER)

    def canvas_widget(self):
        """The widget on which the artist paints."""
        window = self.krita.activeWindow().qwindow()
        kinds = ("KisOpenGLCanvas2", "KisQPainterCanvas")
        widgets = window.findChildren(QWidget)
        return next(x for x in widgets if x.isVisible() and x.metaObject().className() in kinds)

    def photograph(self, name):
        """A picture of the docker as it looks now, in a window of its own."""
        docker = self.docker()
        docker.setVisible(True)
        docker.setFloating(True)
        docker.resize(300, 520)
        yield 0.12
        self._keep(docker, name)

    def photograph_window(self, name):
        """A picture of Krita's window, with the docker in its place."""
        docker = self.docker()
        docker.setFloating(False)
        docker.raise_()
        window = self.krita.activeWindow().qwindow()
        window.resize(1260, 860)
        yield 0.3
        self._keep(window, name)

    def photograph_settings(self, name):
        dialog = SettingsDialog(self.plugin, self.krita.activeWindow().qwindow())
        dialog.show()
        yield 0.12
        self._keep(dialog, name)
        dialog.close()

    def _keep(self, widget, name):
        self.screenshots.mkdir(parents=True, exist_ok=True)
        widget.grab().save(str(self.screenshots / f"{name}.png"))


def tree(node):
    """Names, kinds and blending modes of the nodes below one, bottom first."""
    return [
        {
            "name": child.name(),
            "type": child.type(),
            "mode": child.blendingMode(),
            "opacity": child.opacity(),
            "visible": child.visible(),
            "children": tree(child),
        }
        for child in node.childNodes()
    ]
