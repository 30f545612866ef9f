"""A command line in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping

QUICK = "engine.registry.ENGINES = {'builtin': 'tests.bridge.engines:QuickEngine'}"


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
