"""The rig: runs a script inside a real Krita, under Xvfb, in a home folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
INSIDE = HERE / "inside"
START_SECONDS = 90
"""How long a Krita may take until its first window stands; a loaded machine needs a while."""


class KritaUser:
    """A fresh user's home folder, in which Krita has its plugins switched on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.resources = folder / "data" / "krita"
        for name in ("config", "data", "cache", "runtime"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "runtime").chmod(0o700)
        self._add_runner()

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which a program takes this folder for the user's home."""
        return {
            **os.environ,
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_RUNTIME_DIR": str(self.folder / "runtime"),
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "LANG": "C.UTF-8",
        }

    @property
    def log(self) -> Path:
        """What the last Krita wrote to its terminal."""
        return self.folder / "krita.log"

    def install_plugin(self) -> None:
        """As an artist does it."""
        command = [sys.executable, "-m", "bridge", "install", "krita"]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)

    def choose(self, **settings: Any) -> None:
        """Keep these settings of the plugin, and its defaults for the rest."""
        folder = self.resources / "layer_bridge"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.json").write_text(json.dumps(settings))

    def _add_runner(self) -> None:
        shutil.copytree(INSIDE / "plugin", self.resources / "pykrita", dirs_exist_ok=True)
        settings = self.folder / "config" / "kritarc"
        settings.write_text("[python]\nenable_layer_bridge_rig=true\n")


class KritaFault(Exception):
    """Krita, or the script in it, came to nothing; the text holds what both wrote."""


def run_in_krita(
    home: KritaUser,
    script: str,
    arguments: Mapping[str, Any],
    *,
    seconds: float = 120,
    path: Sequence[Path] = (),
) -> Any:
    """Start Krita, call `main(arguments)` of a module in `inside/`, and give back what it returns.

    `arguments` and the result travel as JSON. A Krita that dies before its first window (Xvfb
    loses a race now and then) is started once more.
    """
    order = home.folder / "order.json"
    for attempt in (1, 2):
        started, result = home.folder / "started", home.folder / "result.json"
        for file in (started, result):
            file.unlink(missing_ok=True)
        order.write_text(
            json.dumps(
                {
                    "path": [str(INSIDE), *map(str, path)],
                    "script": script,
                    "arguments": dict(arguments),
                    "started": str(started),
                    "result": str(result),
                }
            )
        )
        log = _start(home, order, started, seconds)
        if result.exists():
            answer = json.loads(result.read_text())
            if answer["fault"] is not None:
                raise KritaFault(answer["fault"])
            return answer["value"]
        if started.exists() or attempt == 2:
            raise KritaFault(f"Krita ended without a result; it wrote:\n{log[-4000:]}")
    raise AssertionError("unreachable")


def _start(home: KritaUser, order: Path, started: Path, seconds: float) -> str:
    command = ["xvfb-run", "-a", "-s", "-screen 0 1280x900x24", "krita", "--nosplash"]
    environment = {**home.environment, "LAYER_BRIDGE_RIG": str(order)}
    with (
        home.log.open("wb") as output,
        subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        ) as krita,
    ):
        begun = time.monotonic()
        while krita.poll() is None:
            limit = seconds if started.exists() else START_SECONDS
            if time.monotonic() - begun > limit:
                os.killpg(krita.pid, 15)
                krita.wait(10)
                break
            time.sleep(0.05)
    lines = home.log.read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if not line.startswith("WARNING: the destination"))
