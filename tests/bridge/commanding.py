"""Command lines, and one in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping


def with_engine(name: str) -> str:
    """Code that has an engine of `tests.bridge.engines` for the builtin one."""
    place = f"tests.bridge.engines:{name}"
    return f"engine.registry.ENGINES = {{**engine.registry.ENGINES, 'builtin': {place!r}}}"


QUICK = with_engine("QuickEngine")
PULL_ADAPTER = ("pull", "adapter", "Owner/Lines/sub/lines.safetensors", "--yes")
"""Of the hub in `conftest`, for `models`."""


def child(code: str, *arguments: object, env: Mapping[str, str] = os.environ) -> subprocess.Popen:
    """A fresh Python that runs the command line after `code`."""
    script = (
        f"import sys, engine.registry, bridge.__main__\n{code}\nsys.exit(bridge.__main__.main())"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(env),
    )
