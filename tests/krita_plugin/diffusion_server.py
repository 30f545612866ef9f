"""A `layer-bridge serve` in a process of its own that has the diffusion engine's tiny weights."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.engine.diffusion.tiny import write_tiny_adapter, write_tiny_checkpoint

SMALL_FRAMES = """
import sys
from bridge.__main__ import main
from engine.diffusion import fitting
fitting.AREA = 32 * 48
sys.exit(main())
"""
"""The command line, with frames small enough for a quick test."""


def choose_tiny_weights(folder: Path) -> dict[str, str]:
    """Write weights and choose them as an artist does; the environment in which they are chosen."""
    env = {"LAYER_BRIDGE_MODELS": str(folder / "models"), "XDG_STATE_HOME": str(folder / "state")}
    base = write_tiny_checkpoint(folder / "base")
    adapter = write_tiny_adapter(folder / "adapter.safetensors")
    for what, path in (("base", base), ("adapter", adapter)):
        command = [sys.executable, "-m", "bridge", "models", "path", what, str(path)]
        subprocess.run(command, env={**os.environ, **env}, check=True, capture_output=True)
    return env


def diffusion_server(port: int) -> list[str]:
    """The command that starts the server; 0 for any port."""
    return [sys.executable, "-c", SMALL_FRAMES, "serve", "--port", str(port)]


@contextmanager
def serving_diffusion(env: Mapping[str, str]) -> Iterator[int]:
    """Start it, give its port, and end it with Ctrl-C."""
    with subprocess.Popen(
        diffusion_server(0),
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            told = re.search(r":(\d+) ", server.stdout.readline())
            assert told is not None
            yield int(told[1])
        finally:
            server.send_signal(signal.SIGINT)
            _, complaints = server.communicate(timeout=60)
        assert (server.returncode, complaints) == (0, "")
