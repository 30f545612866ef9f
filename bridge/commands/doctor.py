"""Look at everything that layer-bridge needs, and say in words what to put right."""

from __future__ import annotations

import asyncio
import getpass
import os
import platform
import re
import shutil
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import numpy as np

import bridge
import engine
from bridge.client import ServerError, connect
from bridge.commands.holdings import doubt
from bridge.commands.redaction import redact
from bridge.errors import UserError, trouble
from bridge.hosts import photoshop
from bridge.hosts.krita import KritaHome, PluginState, is_enabled, krita_homes, plugin_state
from bridge.log import last_lines, log_file
from engine import DEFAULT_ENGINE, ENGINES, WeightsMissing, readiness

PROBE_TIMEOUT_S = 5.0
LOG_LINES = 60
KRITA_PLACES = (
    "/Applications/krita.app",
    "C:/Program Files/Krita (x64)/bin/krita.exe",
    "/var/lib/flatpak/app/org.kde.krita",
    "~/.local/share/flatpak/app/org.kde.krita",
    "/snap/krita/current",
)
"""Where Krita is when no command `krita` is found."""


class State(StrEnum):
    """How good a finding is."""

    FINE = "ok"
    NOTE = "note"
    """Good to know; nothing is broken"""
    WRONG = "wrong"
    """To be put right; the text says how"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    state: State
    text: str


def examine(port: int) -> list[Finding]:
    """Look at everything; takes some seconds where a port does not answer."""
    return [
        _python(),
        _package(),
        _libraries(),
        *map(_engine, ENGINES),
        *_weights(),
        asyncio.run(_server(port)),
        _krita(),
        *map(_plugin, krita_homes()),
        *_panels(),
    ]


def as_text(findings: Sequence[Finding]) -> str:
    """The findings for a person at a terminal."""
    lines = [f"{finding.state:>5}  {finding.text}" for finding in findings]
    wrong = sum(finding.state is State.WRONG for finding in findings)
    verdict = "All is well." if not wrong else f"{wrong} to put right."
    return "\n".join([*lines, "", verdict])


def as_report(findings: Sequence[Finding]) -> str:
    """The findings and the end of the log as Markdown for a bug report, without personal names."""
    log = last_lines(LOG_LINES) or ["(empty)"]
    lines = [
        f"### layer-bridge {bridge.__version__}",
        "",
        *(f"- {finding.state}: {finding.text}" for finding in findings),
        "",
        f"Log ({log_file()}), its last lines:",
        "",
        "```",
        *log,
        "```",
    ]
    return redact("\n".join(lines), Path.home(), getpass.getuser(), platform.node())


def _python() -> Finding:
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    text = f"Python {platform.python_version()} on {system}, {os.cpu_count()} cores"
    return Finding(State.FINE, text)


def _package() -> Finding:
    homes = {Path(str(package.__file__)).parents[1] for package in (bridge, engine)}
    if len(homes) > 1:
        return Finding(
            State.WRONG,
            f"Another package hides a part of layer-bridge ({' and '.join(map(str, homes))}); "
            "install it into an environment of its own, in its folder: pipx install --force .",
        )
    return Finding(State.FINE, f"layer-bridge {bridge.__version__} in {homes.pop()}")


def _libraries() -> Finding:
    try:
        needed = requires("layer-bridge") or []
    except PackageNotFoundError:
        return Finding(
            State.WRONG, "layer-bridge is not installed; run in its folder: pipx install --force ."
        )
    names = [re.split(r"[^\w.-]", line)[0] for line in needed if "extra ==" not in line]
    return Finding(
        State.FINE, "Libraries: " + ", ".join(f"{name} {version(name)}" for name in names)
    )


def _engine(name: str) -> Finding:
    try:
        chosen = engine.load(name)
        if name == DEFAULT_ENGINE:  # others may take minutes to load
            chosen.decompose(np.zeros((1, 1, 4), np.uint8))
        outlook = chosen.outlook()
    except engine.OutOfMemory as error:
        return Finding(State.NOTE, f"Engine {name} is ready, but memory is short: {error}")
    except Exception as error:
        # What nobody has fetched yet is nobody's fault; the default engine needs nothing fetched.
        may_be = isinstance(error, WeightsMissing) and name != DEFAULT_ENGINE
        why = readiness(name) or trouble(error).sentence
        return Finding(State.NOTE if may_be else State.WRONG, f"Engine {name} is not ready: {why}")
    return Finding(State.FINE, f"Engine {name} is ready" + (f"; {outlook}" if outlook else ""))


def _weights() -> Iterator[Finding]:
    """What is odd about the diffusion engine's weights, though they work."""
    if odd := doubt():
        yield Finding(State.NOTE, odd)


async def _server(port: int) -> Finding:
    """Whether a server of ours, or something else, has the port."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S), connect(f"ws://127.0.0.1:{port}") as client:
            theirs = client.welcome.server_version
    except (ServerError, TimeoutError):
        return _no_server(port)
    if theirs != bridge.__version__:
        return Finding(
            State.WRONG,
            f"The server on port {port} is of version {theirs}; stop it and start it again",
        )
    return Finding(State.FINE, f"A server of this version runs on port {port}")


def _no_server(port: int) -> Finding:
    """Whether a port that no server of ours answers on is free."""
    try:
        socket.create_connection(("127.0.0.1", port), PROBE_TIMEOUT_S).close()
    except OSError:
        return Finding(
            State.NOTE,
            f"No server runs on port {port}; Krita and Photoshop need one: layer-bridge serve",
        )
    return Finding(
        State.WRONG,
        f"Port {port} is taken by another program, or by a server of another version; stop that, "
        f"or start ours on another port (layer-bridge serve --port {port + 1}) and set the same "
        "in Krita's docker or Photoshop's panel",
    )


def _krita() -> Finding:
    found = [Path(path).expanduser() for path in KRITA_PLACES]
    program = shutil.which("krita") or next((path for path in found if path.exists()), None)
    if program is None:
        return Finding(
            State.NOTE,
            "Krita was not found where it usually is; an AppImage can be anywhere, so this may be "
            "fine",
        )
    return Finding(State.FINE, f"Krita: {program}")


def _plugin(krita: KritaHome) -> Finding:
    where = f"the plugin in {krita.title} ({krita.plugins})"
    state = plugin_state(krita)
    if state is PluginState.ABSENT:
        return Finding(
            State.NOTE, f"There is no plugin in {krita.title}: layer-bridge install krita"
        )
    if state is PluginState.OTHER:
        return Finding(
            State.WRONG,
            f"Not of this version: {where}; run: layer-bridge install krita, and restart Krita",
        )
    if not is_enabled(krita):
        return Finding(
            State.WRONG,
            f"Switched off: {where}; run: layer-bridge install krita, and restart Krita",
        )
    return Finding(State.FINE, f"Of this version and switched on: {where}")


def _panels() -> Iterator[Finding]:
    """The panel that waits here to be installed, and what Photoshop has of it."""
    try:
        photoshop.checked_panel()
    except UserError as error:
        yield Finding(State.WRONG, str(error))
        return
    folders = photoshop.plugin_folders()
    installed = photoshop.installed_panels(folders)
    yield from map(_panel, installed)
    if installed:
        return
    if folders:
        yield Finding(State.NOTE, "There is no panel in Photoshop: layer-bridge install photoshop")
    else:
        yield Finding(
            State.FINE, "The Photoshop panel is ready to install: layer-bridge install photoshop"
        )


def _panel(panel: Path) -> Finding:
    where = f"the panel in Photoshop ({panel})"
    if photoshop.is_of_this_version(panel):
        return Finding(State.FINE, f"Of this version: {where}")
    option = " --any-address" if photoshop.may_connect_anywhere(panel) else ""
    return Finding(
        State.WRONG,
        f"Not of this version: {where}; run: layer-bridge install photoshop{option}, double-click "
        "the file that it writes, and restart Photoshop",
    )
