"""Layer Bridge for Krita: this file tells Krita of the docker and the actions, and does no more."""

from functools import cached_property
from importlib.util import find_spec
from typing import Any

# Elsewhere, in tests and tools, the modules stand for themselves.
if find_spec("krita") is not None:
    from krita import DockWidget, DockWidgetFactory, DockWidgetFactoryBase, Extension, Krita

    from . import canvas
    from .docker import Docker
    from .guard import guarded
    from .plugin import Plugin
    from .wording import ACTIONS

    class LayerBridgeExtension(Extension):
        """The actions in Tools > Scripts, and what Krita tells of its documents."""

        @cached_property
        def plugin(self) -> Plugin:
            """What the dockers of all windows share; made when it is first asked for."""
            return Plugin(canvas)

        def show_fault(self, error: Exception) -> None:
            """A fault of ours in what Krita calls."""
            self.plugin.show_fault(error)

        @guarded
        def setup(self) -> None:
            """Krita has started."""
            notifier = Krita.instance().notifier()
            notifier.setActive(True)
            notifier.imageCreated.connect(self.plugin.documents_changed)
            notifier.imageClosed.connect(self.plugin.documents_changed)
            notifier.viewClosed.connect(self.plugin.documents_changed)
            notifier.applicationClosing.connect(self.plugin.close)
            self.plugin.attention.connect(self.show_docker)
            self.plugin.start()

        @guarded
        def createActions(self, window: Any) -> None:  # noqa: N802
            """Krita has a new main window."""
            plugin = self.plugin
            for name, slot in (
                ("layer_bridge_decompose", plugin.decompose),
                ("layer_bridge_decompose_all", plugin.decompose_all),
                ("layer_bridge_cancel", plugin.cancel),
                ("layer_bridge_docker", self.show_docker),
            ):
                action = window.createAction(name, ACTIONS[name], "tools/scripts")
                action.triggered.connect(slot)

        @guarded
        def show_docker(self) -> None:
            """Bring the docker of the active window into sight."""
            for docker in Krita.instance().dockers():
                if docker.objectName() == DOCKER:
                    docker.setVisible(True)
                    docker.raise_()

    class LayerBridgeDocker(DockWidget):
        """The docker of one main window."""

        def __init__(self) -> None:
            super().__init__()
            self.setWindowTitle("Layer Bridge")
            self.setWidget(Docker(extension.plugin, self))

        def show_fault(self, error: Exception) -> None:
            """A fault of ours in what Krita calls."""
            extension.plugin.show_fault(error)

        @guarded
        def canvasChanged(self, view_or_none: Any) -> None:  # noqa: N802
            """Krita shows another document, or none."""
            extension.plugin.documents_changed()

    DOCKER = "layerBridgeDocker"
    extension = LayerBridgeExtension(Krita.instance())
    Krita.instance().addExtension(extension)
    Krita.instance().addDockWidgetFactory(
        DockWidgetFactory(DOCKER, DockWidgetFactoryBase.DockPosition.DockRight, LayerBridgeDocker)
    )
