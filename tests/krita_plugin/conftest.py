"""Makes the plugin importable, and leaves out the tests that need Qt where there is none.

The plugin takes PyQt5 where it can; with `LAYER_BRIDGE_PYQT=6` there is only PyQt6 for it.
"""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.krita_plugin.rig import KritaUser

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "krita_plugin"))

if os.environ.get("LAYER_BRIDGE_PYQT") == "6":
    sys.modules["PyQt5"] = None  # type: ignore[assignment]

QT_TESTS = [
    "test_link.py",
    "test_link_faults.py",
    "test_plugin.py",
    "test_conversation.py",
    "test_diffusion.py",
    "test_docker.py",
    "test_options_box.py",
    "test_diagnostics.py",
    "test_pyqt6.py",
]


def qt_problem() -> str:
    """Why Qt cannot be used here; empty when it can."""
    try:
        importlib.import_module("layer_bridge.qt")
    except ImportError as error:
        return str(error)
    return ""


collect_ignore = QT_TESTS if qt_problem() else []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if collect_ignore:
        sentence = f"Left out: {', '.join(collect_ignore)} need PyQt, which does not load here."
        terminalreporter.write_line(sentence)


def pytest_configure(config: pytest.Config) -> None:
    if collect_ignore and os.environ.get("CI"):
        raise pytest.UsageError(f"{qt_problem()} .ci/run installs what is missing.")


@pytest.fixture(scope="session")
def application() -> object:
    """Qt's application, drawing into memory."""
    from layer_bridge.qt import QtWidgets

    return QtWidgets.QApplication(["tests", "-platform", "offscreen"])


@pytest.fixture(scope="session")
def krita_user(tmp_path_factory: pytest.TempPathFactory) -> KritaUser:
    """A user of Krita who has the plugin; shared, because a first start takes Krita long."""
    home = KritaUser(tmp_path_factory.mktemp("krita"))
    home.install_plugin()
    return home


@pytest.fixture
def link() -> Iterator[Any]:
    from layer_bridge.link import Link

    link = Link()
    yield link
    link.drop()


@pytest.fixture
def ears(link: Any) -> Any:
    from tests.krita_plugin.link_peers import Ears

    return Ears(link)
