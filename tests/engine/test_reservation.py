"""Folders that one process at a time may work in."""

import subprocess
import sys

import pytest

from engine.errors import CannotWrite
from engine.reservation import LOCK, Occupied, alone_in

HOLDER = """
import sys
from pathlib import Path
from engine.reservation import alone_in
with alone_in(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that works in the folder."""
    command = [sys.executable, "-c", HOLDER, tmp_path / "work"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout.readline() == "in\n"
        yield process
        process.kill()


def test_a_second_process_is_kept_out_until_the_first_is_done(holder, tmp_path):
    with pytest.raises(Occupied, match=r"layer-bridge is at work in .+; wait for it"):
        alone_in(tmp_path / "work").__enter__()
    holder.communicate()
    with alone_in(tmp_path / "work"):
        pass
    assert list((tmp_path / "work").iterdir()) == []


def test_what_a_killed_process_left_locks_nothing(holder, tmp_path):
    holder.kill()
    holder.wait()
    assert (tmp_path / "work" / LOCK).exists()
    with alone_in(tmp_path / "work"):
        pass
    assert list((tmp_path / "work").iterdir()) == []


def test_a_place_that_cannot_be_a_folder_is_told(tmp_path):
    (tmp_path / "work").touch()
    with pytest.raises(CannotWrite, match="cannot be written to"):
        alone_in(tmp_path / "work").__enter__()
