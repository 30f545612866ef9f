"""The clients' files that this installation carries."""

from __future__ import annotations

from pathlib import Path

import bridge
from bridge.errors import UserError


def client_dir(name: str) -> Path:
    """The folder of a client's files: inside the wheel, or beside `bridge` in a checkout.

    Args:
        name: "krita_plugin" or "uxp_panel".

    Raises:
        UserError: neither is there.
    """
    package = Path(str(bridge.__file__)).parent
    for folder in (package / "_clients" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise UserError(
        f"This installation lacks the folder {name}; install layer-bridge again with pipx or uv."
    )
