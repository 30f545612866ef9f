"""The Photoshop panel: the one file from which Adobe installs it, and where it lies afterwards.

Only Adobe's own installer can put a panel in place, as it also enters it into a list of its own.
"""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from platformdirs import user_downloads_path

from bridge.errors import UserError
from bridge.hosts.archive import write_archive
from bridge.hosts.clients import client_dir
from bridge.hosts.uxp import (
    MANIFEST,
    Contents,
    Manifest,
    Unfit,
    check,
    has_all_addresses,
    with_all_addresses,
)

SUFFIX = ".ccx"
CCX = f"layer-bridge{SUFFIX}"
FILES = (MANIFEST, "*.html", "*.css", "*.js", "icons/*.png")
"""What of the panel's folder goes into Photoshop."""
LONGEST_MANIFEST = 1 << 16
"""Bytes; a few of a zip can unpack to more than there is memory."""


def default_ccx() -> Path:
    """Where an artist looks for a file to double-click: among the downloads, else here."""
    downloads = user_downloads_path()
    return (downloads if downloads.is_dir() else Path.cwd()) / CCX


def panel_contents(folder: Path | None = None) -> Contents:
    """The files of the panel in a folder, by default of the one that this installation carries."""
    folder = folder or client_dir("uxp_panel")
    paths = {path for pattern in FILES for path in folder.glob(pattern)}
    named = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return dict(sorted(named.items()))


def checked_panel() -> tuple[Manifest, Contents]:
    """The panel that this installation carries, once it is known that Adobe will take it.

    Raises:
        UserError: a file is missing, or the manifest is not valid.
    """
    contents = panel_contents()
    try:
        return check(contents), contents
    except Unfit as fault:
        raise UserError(
            f"The Photoshop panel of this installation is not whole: {fault}; install "
            "layer-bridge again with pipx or uv."
        ) from fault


def write_ccx(destination: Path, all_addresses: bool = False) -> None:
    """Write the panel as Creative Cloud takes it.

    Args:
        destination: a name that ends in .ccx.
        all_addresses: ask Photoshop for leave to connect anywhere, not to this computer only.

    Raises:
        UserError: the name does not fit, something else has it, it cannot be written, or the
            panel is not whole.
    """
    if destination.suffix.lower() != SUFFIX:
        raise UserError(f"{destination} is no name for a panel; choose one that ends in {SUFFIX}.")
    manifest, contents = checked_panel()

    def is_ours(archive: zipfile.ZipFile) -> bool:
        if MANIFEST not in archive.namelist():
            return False
        with archive.open(MANIFEST) as file:
            return f'"{manifest.id}"'.encode() in file.read(LONGEST_MANIFEST)

    if all_addresses:
        contents = with_all_addresses(contents)
    write_archive(destination, contents, is_ours, option="--ccx")


def plugin_folders(
    platform: str = sys.platform, env: Mapping[str, str] = os.environ, home: Path | None = None
) -> list[Path]:
    """The folders into which Adobe installs plugins, where Adobe's programs are.

    Args:
        platform: as `sys.platform`.
        env: the environment; `APPDATA` and `COMMONPROGRAMFILES` count.
        home: the user's home folder, by default the real one.
    """
    known = _known_folders(platform, env, home or Path.home())
    return [uxp / "Plugins/External" for uxp in known if uxp.is_dir()]


def _known_folders(platform: str, env: Mapping[str, str], home: Path) -> Iterator[Path]:
    """UXP's own folders, this user's first, then all users'."""
    if platform == "win32":
        roaming = Path(env.get("APPDATA") or home / "AppData/Roaming")
        common = Path(env.get("COMMONPROGRAMFILES") or "C:/Program Files/Common Files")
        yield from (roaming / "Adobe/UXP", common / "Adobe/UXP")
    elif platform == "darwin":
        library = "Library/Application Support/Adobe/UXP"
        yield from (home / library, Path("/") / library)


def installed_panels(folders: list[Path]) -> list[Path]:
    """The panel's folders in those of `plugin_folders`; one of each version."""
    manifest, _ = checked_panel()
    return sorted(path for folder in folders for path in folder.glob(f"{manifest.id}_*"))


def is_of_this_version(panel: Path) -> bool:
    """Whether an installed panel has the very files of this version."""
    _, ours = checked_panel()
    return panel_contents(panel) in (ours, with_all_addresses(ours))


def may_connect_anywhere(panel: Path) -> bool:
    """Whether an installed panel, of whatever version, has leave to connect to any address."""
    return has_all_addresses(panel_contents(panel))
