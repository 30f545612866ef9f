"""The plugin's log: a file beside the settings, which starts anew when it grows."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE_BYTES = 1_000_000
OLD_FILES = 3


def open_log(folder: Path) -> Path:
    """Let the plugin's log go into a folder; where that cannot be written there is no log.

    Returns:
        The file's path.
    """
    path = folder / "plugin.log"
    logger = logging.getLogger(__package__)
    logger.setLevel(logging.INFO)
    logger.propagate = False  # Krita's own root logger would print to a console nobody sees
    close_log()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            str(path), maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8"
        )
    except OSError:
        logger.addHandler(logging.NullHandler())
        return path
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(module)s: %(message)s"))
    logger.addHandler(handler)
    return path


def close_log() -> None:
    """Close the file."""
    logger = logging.getLogger(__package__)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
