"""A server on this computer: finding the program `layer-bridge`, and starting it by itself.

The server outlives Krita on purpose: it keeps its engines warm, and other hosts may be using it.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from .address import Address
from .protocol import DEFAULT_PORT

PROGRAM = "layer-bridge"
FOREIGN_VARIABLES = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "APPDIR")
"""Krita's bundles set these for their own Python and Qt; another one would break under them."""

log = logging.getLogger(__package__)


class StartError(Exception):
    """The server cannot be started; one sentence for the artist."""


def server_command(address: Address) -> str:
    """What the artist would type into a terminal to start the server for an address."""
    port = "" if address.port == DEFAULT_PORT else f" --port {address.port}"
    return f"{PROGRAM} serve{port}"


def find_program(chosen: str = "", env: Mapping[str, str] = os.environ) -> Optional[str]:
    """The path of `layer-bridge`, or None.

    Args:
        chosen: the path in the settings; it goes first.
        env: the environment.
    """
    if "FLATPAK_ID" in env or "SNAP" in env:
        return None  # programs outside the sandbox cannot be reached
    if chosen:
        return shutil.which(chosen)
    path = os.pathsep.join([env.get("PATH", ""), *map(str, _usual_folders())])
    return shutil.which(PROGRAM, path=path)


def _usual_folders() -> List[Path]:
    """Where pipx, uv and Homebrew put programs: not on the PATH of a Krita started from a menu."""
    home = Path.home()
    return [home / ".local" / "bin", Path("/opt/homebrew/bin"), Path("/usr/local/bin")]


class ServerProcess:
    """The server that this plugin has started, if it has."""

    def __init__(self, log_file: Path) -> None:
        self._log_file = log_file
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self.is_stopped = False
        """Whether it was asked to end"""

    def start(self, program: str, address: Address) -> None:
        """Start the server, detached from Krita.

        Raises:
            StartError: the program cannot be run.
        """
        command = [program, *server_command(address).split()[1:]]
        log.info("starting the server")
        self.is_stopped = False
        try:
            self._log_file.parent.mkdir(parents=True, exist_ok=True)
            with self._log_file.open("wb") as output:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=clean_environment(os.environ),
                    cwd=str(Path.home()),
                    **_detached(),
                )
        except OSError as error:
            raise StartError(f"{program} cannot be started: {error.strerror}.") from error

    def stop(self) -> None:
        """Ask the server that was started to end; its clients are told."""
        if self._process is not None:
            self._process.terminate()
            self.is_stopped = True

    @property
    def is_running(self) -> bool:
        """Whether a server that this plugin started still runs."""
        return self._process is not None and self._process.poll() is None

    def why_ended(self) -> Optional[str]:
        """If the server that was started is gone: its last words, told once; else None."""
        if self._process is None or self._process.poll() is None:
            return None
        self._process = None
        if self.is_stopped:
            return None
        return f"The server ended: {self._last_line()}"

    def _last_line(self) -> str:
        try:
            lines = self._log_file.read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            lines = []
        spoken = [line.strip() for line in lines if line.strip()]
        return spoken[-1] if spoken else "it said nothing; start it in a terminal to see more."


def clean_environment(env: Mapping[str, str]) -> Dict[str, str]:
    """The environment without what Krita's bundle set for itself."""
    return {name: value for name, value in env.items() if name not in FOREIGN_VARIABLES}


def _detached() -> Dict[str, Any]:
    """How to start a process that has no console and survives Krita."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags}
    return {"start_new_session": True}
