"""The program as a whole: quiet while it loads, about its libraries and without its output."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.bridge.commanding import QUICK, child


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_while_it_loads_is_quiet(number: int) -> None:
    raising = f"""
import signal
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "bridge.cli":
            signal.raise_signal({int(number)})
del sys.modules["engine.registry"]
sys.meta_path.insert(0, Interrupting())
"""
    with child(raising, "doctor") as work:
        told = work.communicate()
    assert (work.returncode, *told) == (3, "", "")


def test_warnings_of_libraries_are_not_shown(tmp_path: Path) -> None:
    picture = tmp_path / "girl.jpg"
    Image.new("RGB", (8, 8)).save(picture, exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12")
    with child(QUICK, "decompose", picture, "-o", tmp_path / "out", "--quiet") as work:
        told = work.communicate()
    assert (work.returncode, *told) == (0, "", "")


def test_full_output_is_no_fault_of_ours() -> None:
    command = [sys.executable, "-m", "bridge", "doctor"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert re.fullmatch(r"The output cannot be used.*\.\n", done.stderr)
