"""Take a person's names out of a report: their folders, their pictures, their computer."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

PATH = re.compile(
    r"""(?<!\w)(['"])(?P<quoted>[^'"\n]*[/\\][^'"\n]*)\1|[^\s'"(),;]*[/\\][^\s'"(),;]*"""
)
"""Whatever has a slash in it, up to the next quote, bracket or space."""
SYSTEM = (
    "/usr/",
    "/snap/",
    "/Applications/",
    "/var/lib/flatpak/",
    "C:/Program Files",
    "ws:",
    "wss:",
)
"""Beginnings that say nothing of a person."""
CODE_PARTS = 2
"""How much is left of the path of a piece of code, as `commands/batch.py`."""


def redact(text: str, home: Path, user: str, machine: str) -> str:
    """Replace every path, the user and the machine by a word; code and system places stay."""
    text = PATH.sub(_without_folders, text.replace(str(home), "~"))
    for name, word in ((user, "USER"), (machine, "MACHINE")):
        if name:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", word, text)
    return text


def _without_folders(match: re.Match[str]) -> str:
    path = match["quoted"] or match[0]
    quote = match[1] or ""
    plain = PurePosixPath(path.replace("\\", "/"))
    if plain.suffix == ".py":
        return quote + "/".join(plain.parts[-CODE_PARTS:]) + quote
    return match[0] if str(plain).startswith(SYSTEM) else f"{quote}PATH{plain.suffix}{quote}"
