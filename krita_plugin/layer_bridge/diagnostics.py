"""A report for a bug thread: versions, state and the end of the log, without anything private."""

from __future__ import annotations

import getpass
import platform
import re
from pathlib import Path
from typing import Any, List

from .options import options_of, values_of
from .protocol import PROTOCOL_VERSION, VERSION
from .qt import QtCore
from .settings import Settings

LOG_LINES = 200
MAX_CHARACTERS = 60_000
"""A comment on GitHub holds 65,536."""


def report(krita_version: str, settings: Settings, session: Any, log_file: Path) -> str:
    """The text that "Copy diagnostics" puts on the clipboard."""
    lines = [
        "Layer Bridge diagnostics",
        f"plugin {VERSION}, protocol {PROTOCOL_VERSION}",
        f"Krita {krita_version}, Qt {QtCore.QT_VERSION_STR}, PyQt {QtCore.PYQT_VERSION_STR}",
        f"Python {platform.python_version()} on {platform.platform()}",
        f"connection: {session.state.value} {session.reason}".rstrip(),
        *_server_lines(session.welcome),
        *_settings_lines(settings),
        _options_line(settings, session.welcome),
        "",
        "log:",
    ]
    return redacted("\n".join([*lines, *_log_tail(log_file, _room(lines))]))


def redacted(text: str) -> str:
    """The text without the user's name and home folder."""
    text = text.replace(str(Path.home()), "~")
    user = _user_name()
    return re.sub(rf"(?<!\w){re.escape(user)}(?!\w)", "<user>", text) if len(user) > 2 else text


def _server_lines(welcome: Any) -> List[str]:
    if welcome is None:
        return ["server: none"]
    engines = ", ".join(
        f"{engine['name']} ({'ready' if engine['ready'] else engine['detail']})"
        for engine in welcome["engines"]
    )
    return [f"server {welcome['server_version']}", f"engines: {engines}"]


def _settings_lines(settings: Settings) -> List[str]:
    return [
        f"address: {settings.address}",
        f"token: {'set' if settings.token else 'none'}",
        f"choices: {settings.engine}, {settings.composition}, {settings.scope.value}, "
        f"{settings.placement.value}{', originals hidden' if settings.hide_originals else ''}",
    ]


def _options_line(settings: Settings, welcome: Any) -> str:
    kept = settings.options.get(settings.engine)
    values = values_of(options_of(welcome, settings.engine), kept)
    return f"options: {', '.join(f'{name} {value}' for name, value in values.items()) or 'none'}"


def _room(lines: List[str]) -> int:
    return MAX_CHARACTERS - sum(len(line) + 1 for line in lines)


def _log_tail(log_file: Path, room: int) -> List[str]:
    """The last lines of the log that fit."""
    try:
        lines = log_file.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ["(there is none)"]
    tail: List[str] = []
    for line in reversed(lines[-LOG_LINES:]):
        room -= len(line) + 1
        if room < 0:
            break
        tail.insert(0, line)
    return tail


def _user_name() -> str:
    try:
        return getpass.getuser()
    except Exception:  # where no variable names the user it raises what its imports raise
        return ""
