"""Finding and starting the server's program."""

import os
import time
from pathlib import Path

import pytest
from layer_bridge.address import Address
from layer_bridge.server_process import (
    ServerProcess,
    StartError,
    clean_environment,
    find_program,
    server_command,
)


def program(folder: Path, script: str) -> str:
    path = folder / "layer-bridge"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def wait_for_end(server: ServerProcess) -> None:
    end = time.monotonic() + 10
    while server.is_running:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_command_names_the_port_only_where_it_must() -> None:
    assert server_command(Address()) == "layer-bridge serve"
    assert server_command(Address(port=80)) == "layer-bridge serve --port 80"


def test_the_program_is_found_on_the_path(tmp_path: Path) -> None:
    path = program(tmp_path, "")
    assert find_program(env={"PATH": str(tmp_path)}) == path
    assert find_program(chosen=path, env={"PATH": ""}) == path
    assert find_program(chosen=str(tmp_path / "other"), env={"PATH": str(tmp_path)}) is None


@pytest.mark.parametrize("sandbox", ["FLATPAK_ID", "SNAP"])
def test_a_sandbox_cannot_start_it(tmp_path: Path, sandbox: str) -> None:
    program(tmp_path, "")
    assert find_program(env={"PATH": str(tmp_path), sandbox: "krita"}) is None


def test_it_is_started_with_the_port_and_a_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/krita/python")
    path = program(tmp_path, 'echo "$@, $PYTHONHOME, end"')
    server = ServerProcess(tmp_path / "logs" / "server.log")
    server.start(path, Address(port=7999))
    wait_for_end(server)
    assert server.why_ended() == "The server ended: serve --port 7999, , end"
    assert server.why_ended() is None


def test_its_end_is_no_news_when_it_was_asked_for(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "server.log")
    server.start(program(tmp_path, "exec sleep 60"), Address())
    assert server.is_running
    assert server.why_ended() is None
    server.stop()
    assert server.is_stopped
    wait_for_end(server)
    assert server.why_ended() is None


def test_a_program_that_is_none_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "layer-bridge"
    path.write_text("")
    with pytest.raises(StartError, match="cannot be started"):
        ServerProcess(tmp_path / "server.log").start(str(path), Address())


def test_the_environment_loses_only_what_krita_added() -> None:
    env = {"PATH": os.defpath, "LD_LIBRARY_PATH": "/krita/lib", "PYTHONPATH": "/krita"}
    assert clean_environment(env) == {"PATH": os.defpath}
