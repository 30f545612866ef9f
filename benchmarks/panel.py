"""Time of the Photoshop panel's own code: a 24-megapixel canvas up and its four layers down.

    python benchmarks/panel.py

The panel runs in Node over the fake Photoshop of its tests, the Python client beside it; both talk
to the same server, which replays the drawn character's layers at no cost. What Photoshop itself
would do (the calls of the fake's imaging API) is timed apart and taken off. Needs Node.js and
`npm ci`.
"""

import asyncio
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

from transfer import MIB, raw_round_trip, save, served, timed

import engine
from bridge.client import connect
from engine import LayerStack, Rgba
from engine.illustration import draw_character

WIDTH, HEIGHT = 6000, 4000
RUNS = 7
PANEL = Path(__file__).with_name("panel.js")


def main() -> None:
    """Measure both and print the table."""
    source = draw_character(width=WIDTH, height=HEIGHT).source
    stack = engine.load().decompose(source)
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder), stack)
        (Path(folder) / "source.rgba").write_bytes(source.tobytes())
        with served("raw", folder) as (_, url):
            client = asyncio.run(client_seconds(url, source, stack))
            panel = panel_runs(url, folder)
    own = statistics.median(run["seconds"] - run["hostSeconds"] for run in panel)
    host = statistics.median(run["hostSeconds"] for run in panel)
    print("| canvas | Python client | panel, without Photoshop | times | fake Photoshop |")
    print("|---|---|---|---|---|")
    print(
        f"| {WIDTH} x {HEIGHT}, {source.nbytes / MIB:.0f} MiB | {client:.3f} s | {own:.3f} s "
        f"| {own / client:.2f} | {host:.2f} s |"
    )


async def client_seconds(url: str, source: Rgba, stack: LayerStack) -> float:
    """Median of the Python client's round trips, without the first."""
    async with connect(url) as client:
        runs = [await timed(raw_round_trip(client, source), stack) for _ in range(RUNS)]
    return statistics.median(runs[1:])


def panel_runs(url: str, folder: str) -> list[dict[str, float]]:
    """The panel's round trips, from the click to the last layer, without the first."""
    size = [str(WIDTH), str(HEIGHT)]
    command = ["node", str(PANEL), url.rsplit(":", 1)[1], folder, *size, str(RUNS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    runs: list[dict[str, float]] = json.loads(done.stdout)
    return runs[1:]


if __name__ == "__main__":
    main()
