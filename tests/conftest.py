"""Which tests this machine can run: those of a host that it lacks are left out, and said so.

With `CI` set a missing host fails the run, so that nothing is ever left out unseen there.
"""

import os
import shutil
import signal

import pytest

HOSTS = {
    "krita": ("krita", "Xvfb", "xvfb-run"),
    "node": ("node", "npm"),
    "chromium": ("node", "npm", "chromium"),
}
"""Marker -> the programs that its tests need."""


def pytest_configure() -> None:
    # A script in the background is deaf to SIGINT and its children inherit that; the tests of
    # interruption need ears.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def missing_programs(marker: str) -> list[str]:
    return [program for program in HOSTS[marker] if shutil.which(program) is None]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for marker in HOSTS:
        missing = missing_programs(marker)
        out = [item for item in items if item.get_closest_marker(marker)] if missing else []
        if not out:
            continue
        sentence = f"{len(out)} tests need {', '.join(missing)}, which this machine lacks"
        if os.environ.get("CI"):
            raise pytest.UsageError(f"{sentence}; .ci/run installs them.")
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]
        config.stash.setdefault(LEFT_OUT, []).append(f"Left out: {sentence}.")


LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for sentence in terminalreporter.config.stash.get(LEFT_OUT, []):
        terminalreporter.write_line(sentence)
