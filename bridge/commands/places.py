"""Arguments that say where something lies."""

from __future__ import annotations

import argparse
from pathlib import Path


def place(text: str) -> Path:
    """A file or folder to be written."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return Path(text)


def named_place(text: str) -> tuple[str, Path]:
    """NAME=PLACE; the name may be that of a folder."""
    name, _, where = text.partition("=")
    if not where or not name or name.startswith(".") or set(name) & set("/\\:"):
        raise argparse.ArgumentTypeError(f"say NAME=PLACE, with a plain name, not {text!r}")
    return name, Path(where)
