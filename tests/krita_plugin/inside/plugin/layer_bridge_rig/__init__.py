"""Runs the script that the rig ordered, once Krita's first window stands, and ends Krita."""

import importlib
import inspect
import json
import os
import sys
import traceback
from pathlib import Path

from krita import Extension, Krita
from PyQt5.QtCore import QTimer
from PyQt5.QtWidgets import QApplication

STEP_MILLISECONDS = 20


class Rig(Extension):
    """A script's `main` gives back its result, or is a generator that returns it at last.

    At each `yield` Krita gets back to its event loop, for as many seconds as were yielded.
    """

    def setup(self):
        self.order = json.loads(Path(os.environ["LAYER_BRIDGE_RIG"]).read_text())
        QTimer.singleShot(200, self.begin)

    def createActions(self, window):  # noqa: N802
        pass

    def begin(self):
        window = Krita.instance().activeWindow()
        if window is None:
            QTimer.singleShot(100, self.begin)
            return
        # Xvfb has no window manager, and Krita changes the active layer in an active window only.
        QApplication.setActiveWindow(window.qwindow())
        Path(self.order["started"]).touch()
        try:
            sys.path[:0] = self.order["path"]
            value = importlib.import_module(self.order["script"]).main(self.order["arguments"])
        except BaseException:
            self.end(None, traceback.format_exc())
        if not inspect.isgenerator(value):
            self.end(value, None)
        self.steps = value
        self.step()

    def step(self):
        try:
            seconds = next(self.steps)
        except StopIteration as end:
            self.end(end.value, None)
        except BaseException:
            self.end(None, traceback.format_exc())
        QTimer.singleShot(int(1000 * seconds) if seconds else STEP_MILLISECONDS, self.step)

    def end(self, value, fault):
        finished = Path(self.order["result"] + ".part")
        finished.write_text(json.dumps({"value": value, "fault": fault}))
        finished.rename(self.order["result"])
        os._exit(0)


if "LAYER_BRIDGE_RIG" in os.environ:
    Krita.instance().addExtension(Rig(Krita.instance()))
