"""The whole way on a picture of our own: drawn, sent to a real server, written in every format.

python -m bridge.commands.demo FOLDER
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.files.png import encode_png
from engine.illustration import draw_character

SIZE = 1024
"""Pixels, of a side."""
RESULTS = ("layers", "character.psd", "character.kra", "character.ora")
LAYER_BRIDGE = (sys.executable, "-m", "bridge")


def main(folder: Path) -> None:
    """Write the demo's picture and its layers into a folder, and say where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / "character.png"
    picture.write_bytes(encode_png(draw_character(SIZE, SIZE).source))
    print(f"The picture:  {picture}", flush=True)
    with _server() as url:
        for name in RESULTS:
            result = _decompose(picture, folder / name, url)
            print(f"Its layers:   {folder / name}", flush=True)
    reconstruction = result["reconstruction"]
    print(
        f"Look at:      {folder / RESULTS[0] / 'preview.png'}\n"
        "Stacked again, the layers give the picture back: "
        f"{reconstruction['psnr_db']:.1f} dB, largest error {reconstruction['max_error']:.2f}/255."
    )


@contextmanager
def _server() -> Iterator[str]:
    """A `layer-bridge serve` on a free port; yields its URL and stops it at the end."""
    command = [*LAYER_BRIDGE, "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            greeting = server.stdout.readline() if server.stdout else ""
            print(greeting, end="", flush=True)
            yield from re.findall(r"ws://[\w.:]+", greeting)
        finally:
            server.terminate()


def _decompose(picture: Path, destination: Path, url: str) -> dict[str, Any]:
    """One `layer-bridge decompose` through the server, as a user would call it."""
    command = [*LAYER_BRIDGE, "decompose", str(picture), "-o", str(destination)]
    options = ["--server", url, "--force", "--json", "--quiet"]
    done = subprocess.run([*command, *options], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    result: dict[str, Any] = json.loads(done.stdout)["results"][0]
    return result


if __name__ == "__main__":
    main(Path(sys.argv[1]))
