"""The panel works unchanged under PyQt6: its tests pass there too."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
TESTS = (
    "test_conversation.py",
    "test_diagnostics.py",
    "test_docker.py",
    "test_link.py",
    "test_link_faults.py",
    "test_options_box.py",
    "test_plugin.py",
    "tls_link.py",
)


def test_the_panels_tests_pass_under_pyqt6() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *(str(HERE / name) for name in TESTS)],
        env={**os.environ, "LAYER_BRIDGE_PYQT": "6"},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
