"""Opens files in a real Krita without a window, through its own `kritarunner`."""

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

INSIDE = Path(__file__).parent / "inside"
SECONDS = 150
"""A first start makes Krita's resource database; a dialog that waits for someone ends here."""


def open_in_krita(
    home: Path, paths: Iterable[Path], save: Iterable[Path] = ()
) -> dict[str, dict[str, Any]]:
    """What Krita makes of files, by path; each file's projection comes to lie beside it.

    `home` becomes the home folder of this Krita. It writes those in `save` again, as KRA, PSD and
    ORA, to `<path>.saved.<suffix>`.
    """
    home.mkdir(mode=0o700)
    order = home / "order.json"
    order.write_text(json.dumps({"open": [*map(str, paths)], "save": [*map(str, save)]}))
    environment = os.environ | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(INSIDE),
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        ["kritarunner", "-s", "open_files", "-f", "main", str(order)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    answer = home / "order.json.answer"
    assert answer.exists(), done.stdout
    found = json.loads(answer.read_text())
    assert isinstance(found, dict), found
    return found
