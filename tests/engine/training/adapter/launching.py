"""Two processes on processors, started as several graphics cards are: by `accelerate launch`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
LAUNCH = (
    # Nothing that a configuration of whoever runs the tests could say otherwise.
    *("--multi_gpu", "--num_processes", "2", "--num_machines", "1", "--main_process_port", "0"),
    *("--mixed_precision", "no", "--dynamo_backend", "no"),
)
"""--multi_gpu starts several processes also where there is no card; --cpu would start one."""


def launched(module: str, *words: object) -> subprocess.CompletedProcess[str]:
    """What two processes that run a module said, and the launcher's exit code."""
    command = [sys.executable, "-m", "accelerate.commands.launch", *LAUNCH, "-m", module]
    return subprocess.run(
        [*command, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False
    )
