"""Time and memory of the wire: a canvas up and its four layers down, raw and as PNG in JSON.

    python benchmarks/transfer.py [PICTURE ...]

Each picture is enlarged to 2894 x 4093 and decomposed once. A server in a process of its own then
replays those layers at no cost; its rival sends the same boxes of pixels as base64 PNG (level 1)
in JSON, over an uncompressed WebSocket too. Without a picture it takes the drawn character.
"""

import argparse
import asyncio
import base64
import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_rival
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as listen_rival

import engine
from bridge.client import Client, connect
from bridge.server import ServerSettings, serve
from bridge.wire.pixels import filled_box
from engine import (
    BlendMode,
    Engine,
    Layer,
    LayerRole,
    LayerStack,
    Options,
    Progress,
    Proposal,
    Reconstruction,
    Rgba,
)
from engine.files import read_picture
from engine.illustration import draw_character

WIDTH, HEIGHT = 2894, 4093
RUNS = 7
MIB = 1 << 20
UNLIMITED: dict[str, Any] = {"compression": None, "max_size": None, "ping_interval": None}


class ReplayEngine(Engine):
    """Has decomposed the picture already."""

    name = "builtin"

    def __init__(self, stack: LayerStack) -> None:
        super().__init__()
        self.stack = stack

    def propose(self, rgba: Rgba, options: Options, progress: Progress) -> Proposal:
        raise AssertionError("decompose is all that this engine has")

    def decompose(
        self,
        rgba: Rgba,
        composition: str = "production",
        progress: Progress | None = None,
        options: Mapping[str, object] | None = None,
    ) -> LayerStack:
        return self.stack


def main() -> None:
    """Measure each picture and print a row of the table for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="*", type=Path)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        kind, folder = arguments.serve
        asyncio.run(SERVERS[kind](load(Path(folder))))
        return
    print("| picture | layers cover | raw | PNG in JSON | times faster | server memory | allowed |")
    print("|---|---|---|---|---|---|---|")
    for path in arguments.pictures or [None]:
        rgba = enlarged(path)
        stack = engine.load().decompose(rgba)
        print(
            f"| {path.name if path else 'drawn character'} | {asyncio.run(measure(rgba, stack))} |"
        )


def enlarged(path: Path | None) -> Rgba:
    """The picture as (4093, 2894, 4) uint8."""
    if path is None:
        return draw_character(width=WIDTH, height=HEIGHT).source
    small = Image.fromarray(read_picture(path).rgba)
    return np.asarray(small.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


async def measure(rgba: Rgba, stack: LayerStack) -> str:
    """The cells of one row: medians of round trips of either kind, without the first of each.

    The memory is what the raw server's process takes at its peak beyond what it had with the
    layers in its hands and nothing sent yet.
    """
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder), stack)
        with served("raw", folder) as (pid, url), served("rival", folder) as (_, rival_url):
            async with connect(url) as client, connect_rival(rival_url, **UNLIMITED) as other:
                baseline = resident(pid, "VmRSS")
                raw = [await timed(raw_round_trip(client, rgba), stack) for _ in range(RUNS)]
                memory = resident(pid, "VmHWM") - baseline
                rival = [await timed(rival_round_trip(other, rgba), stack) for _ in range(RUNS)]
    seconds, rival_seconds = statistics.median(raw[1:]), statistics.median(rival[1:])
    layer_bytes = sum(layer.rgba.nbytes for layer in stack)
    boxes = sum(filled_box(layer.rgba).of(layer.rgba).nbytes for layer in stack)
    allowed = rgba.nbytes + layer_bytes + 64 * MIB
    return (
        f"{boxes / layer_bytes:.0%} | {seconds:.3f} s | {rival_seconds:.2f} s | "
        f"{rival_seconds / seconds:.1f} | {memory / MIB:.0f} MiB | {allowed / MIB:.0f} MiB"
    )


async def timed(round_trip: Awaitable[Sequence[Rgba]], stack: LayerStack) -> float:
    """Seconds that it takes; what it gives must be the layers."""
    started = time.perf_counter()
    layers = await round_trip
    seconds = time.perf_counter() - started
    for rgba, layer in zip(layers, stack, strict=True):
        assert np.array_equal(rgba, layer.rgba)
    return seconds


async def raw_round_trip(client: Client, rgba: Rgba) -> Sequence[Rgba]:
    """Up and down with the protocol."""
    return [layer.rgba for layer in await client.decompose(rgba)]


async def rival_round_trip(connection: ClientConnection, rgba: Rgba) -> Sequence[Rgba]:
    """Up and down as base64 PNG in JSON."""
    await connection.send(json.dumps({"image": as_text(rgba)}))
    reply = json.loads(await connection.recv())
    layers = [np.zeros_like(rgba) for _ in reply["layers"]]
    for layer, sent in zip(layers, reply["layers"], strict=True):
        pixels = from_text(sent["image"])
        left, top = sent["x"], sent["y"]
        layer[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return layers


# -- the servers, each in a process of its own


@contextmanager
def served(kind: str, folder: str) -> Iterator[tuple[int, str]]:
    """A server's process and address."""
    command = [sys.executable, __file__, "--serve", kind, folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.pid, process.stdout.readline().strip()
        process.terminate()


async def serve_raw(stack: LayerStack) -> None:
    """The product's server, with an engine that has nothing to do."""
    settings = ServerSettings(port=0)
    engines = {"builtin": lambda: ReplayEngine(stack)}
    await serve(settings, engines, started=lambda server: print(server.url, flush=True))


async def serve_rival(stack: LayerStack) -> None:
    """What most plugins have for a server."""

    async def answer(connection: ServerConnection) -> None:
        async for message in connection:
            from_text(json.loads(message)["image"])
            layers = []
            for layer in stack:
                box = filled_box(layer.rgba)
                layers.append({"x": box.x, "y": box.y, "image": as_text(box.of(layer.rgba))})
            await connection.send(json.dumps({"layers": layers}))

    async with listen_rival(answer, "127.0.0.1", 0, **UNLIMITED) as server:
        print(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.get_running_loop().create_future()


SERVERS = {"raw": serve_raw, "rival": serve_rival}


def save(folder: Path, stack: LayerStack) -> None:
    """Put a stack where a server's process finds it."""
    for layer in stack:
        np.save(folder / f"{layer.role}.npy", layer.rgba)
    header = {"composition": stack.composition, "modes": [layer.blend_mode for layer in stack]}
    (folder / "stack.json").write_text(json.dumps(header))


def load(folder: Path) -> LayerStack:
    """Take it from there."""
    header = json.loads((folder / "stack.json").read_text())
    layers = tuple(
        Layer(role, BlendMode(mode), np.load(folder / f"{role}.npy"))
        for role, mode in zip(LayerRole, header["modes"], strict=True)
    )
    return LayerStack(layers, header["composition"], "builtin", Reconstruction(99.0, 0.0))


def as_text(rgba: Rgba) -> str:
    """PNG of level 1, in base64."""
    if not rgba.size:
        return ""
    file = io.BytesIO()
    Image.fromarray(rgba).save(file, "PNG", compress_level=1)
    return base64.b64encode(file.getvalue()).decode("ascii")


def from_text(text: str) -> Rgba:
    """And back."""
    if not text:
        return np.zeros((0, 0, 4), np.uint8)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))


def resident(pid: int, figure: str) -> int:
    """Bytes of memory that a process has (VmRSS) or had at its peak (VmHWM); Linux says it."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(figure))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
