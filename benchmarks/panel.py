"""Time of the Photoshop panel's own code: a 24-megapixel canvas up and its four layers down.

    python benchmarks/panel.py

The panel runs in Node over the fake Photoshop of its tests, the Python client beside it, by turns;
both talk to the same server, which replays the drawn character's layers at no cost. What Photoshop
itself would do (the calls of the fake's imaging API) is timed apart and taken off. The rest is
mostly Node's socket, which only stands in for UXP's, and waiting for the server; what the panel's
own files take of it, V8's profiler tells. Needs Node.js and `npm ci`.
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
        with served("raw", folder) as (_, url), panel_at(url, folder) as process:
            client, panel, own, host = asyncio.run(alternate(url, source, stack, process))
    print("| canvas | Python client | panel | times | its own code | times |")
    print("|---|---|---|---|---|---|")
    print(
        f"| {WIDTH} x {HEIGHT}, {source.nbytes / MIB:.0f} MiB | {client:.3f} s "
        f"| {panel:.3f} s | {panel / client:.2f} | {own:.3f} s | {own / client:.2f} |"
    )
    print(f"The fake Photoshop took {host:.2f} s more.")


async def alternate(
    url: str, source: Rgba, stack: LayerStack, process: subprocess.Popen[str]
) -> tuple[float, ...]:
    """Medians of round trips of either kind, by turns, without the first of each.

    Returns:
        Seconds: the Python client's, the panel's less its host's, its own code's, its host's.
    """
    runs = []
    async with connect(url) as client:
        for _ in range(RUNS):
            client_s = await timed(raw_round_trip(client, source), stack)
            run = await asyncio.to_thread(round_trip, process)
            host_s = run["hostSeconds"]
            runs.append((client_s, run["seconds"] - host_s, run["ownSeconds"], host_s))
    return tuple(statistics.median(column) for column in zip(*runs[1:], strict=True))


@contextmanager
def panel_at(url: str, folder: str) -> Iterator[subprocess.Popen[str]]:
    """Node with the panel, connected; it makes a round trip for each line that it is given."""
    command = ["node", str(PANEL), url.rsplit(":", 1)[1], folder, str(WIDTH), str(HEIGHT)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def round_trip(process: subprocess.Popen[str]) -> dict[str, float]:
    """One round trip of the panel: its seconds, and its host's and its own code's among them."""
    assert process.stdin
    assert process.stdout
    print("go", file=process.stdin, flush=True)
    run: dict[str, float] = json.loads(process.stdout.readline())
    return run


if __name__ == "__main__":
    main()
