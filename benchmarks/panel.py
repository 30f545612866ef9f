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
from collections.abc import Iterator
from contextlib import contextmanager
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
        with served("raw", folder) as (_, url), panel_at(url, folder) as panel:
            client, own, host = asyncio.run(alternate(url, source, stack, panel))
    print("| canvas | Python client | panel, without Photoshop | times | fake Photoshop |")
    print("|---|---|---|---|---|")
    print(
        f"| {WIDTH} x {HEIGHT}, {source.nbytes / MIB:.0f} MiB | {client:.3f} s | {own:.3f} s "
        f"| {own / client:.2f} | {host:.2f} s |"
    )


async def alternate(
    url: str, source: Rgba, stack: LayerStack, panel: subprocess.Popen[str]
) -> tuple[float, float, float]:
    """Medians of round trips of either kind, by turns, without the first of each.

    Returns:
        Seconds: of the Python client; of the panel less its host's; of its host.
    """
    client_runs, own_runs, host_runs = [], [], []
    async with connect(url) as client:
        for _ in range(RUNS):
            client_runs.append(await timed(raw_round_trip(client, source), stack))
            seconds, host = await asyncio.to_thread(panel_run, panel)
            own_runs.append(seconds - host)
            host_runs.append(host)
    client_s, own_s, host_s = (
        statistics.median(runs[1:]) for runs in (client_runs, own_runs, host_runs)
    )
    return client_s, own_s, host_s


@contextmanager
def panel_at(url: str, folder: str) -> Iterator[subprocess.Popen[str]]:
    """A panel that is connected and makes a round trip for each line that it is given."""
    command = ["node", str(PANEL), url.rsplit(":", 1)[1], folder, str(WIDTH), str(HEIGHT)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as panel:
        yield panel
        assert panel.stdin
        panel.stdin.close()


def panel_run(panel: subprocess.Popen[str]) -> tuple[float, float]:
    """One round trip, from the click to the last layer: its seconds, and its host's among them."""
    assert panel.stdin
    assert panel.stdout
    print("go", file=panel.stdin, flush=True)
    run = json.loads(panel.stdout.readline())
    return run["seconds"], run["hostSeconds"]


if __name__ == "__main__":
    main()
