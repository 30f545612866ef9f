"""Put the Krita plugin where Krita looks for it, enable it, and take it away again.

A Krita on this computer is known by two places, its resource folder and its settings file; a
computer can have several (the system's, Flatpak's, Snap's, the Windows Store's).
"""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bridge.errors import UserError
from bridge.hosts.archive import write_archive
from bridge.hosts.clients import client_dir

PLUGIN = "layer_bridge"
SETTING = f"enable_{PLUGIN}"


class PluginState(StrEnum):
    """What a Krita has of the plugin."""

    ABSENT = "absent"
    SAME = "same"
    """The very files of this version."""
    OTHER = "other"
    """Files of another version, or changed ones."""
    LINKED = "linked"
    """A link to a checkout."""


@dataclass(frozen=True)
class KritaHome:
    """Where one Krita keeps a user's things."""

    title: str
    resources: Path
    settings: Path

    @property
    def plugins(self) -> Path:
        """The folder of Python plugins."""
        return self.resources / "pykrita"

    @property
    def actions(self) -> Path:
        """The folder into which Krita's own importer copies action files (shortcuts)."""
        return self.resources / "actions"


def krita_homes(
    platform: str = sys.platform, env: Mapping[str, str] = os.environ, home: Path | None = None
) -> list[KritaHome]:
    """The Kritas of this user: those with a resource folder, else the system's usual one.

    Args:
        platform: as `sys.platform`.
        env: the environment; `XDG_DATA_HOME`, `XDG_CONFIG_HOME`, `APPDATA`, `LOCALAPPDATA` count.
        home: the user's home folder, by default the real one.
    """
    known = list(_known_homes(platform, env, home or Path.home()))
    return [krita for krita in known if krita.resources.is_dir()] or known[:1]


def _known_homes(platform: str, env: Mapping[str, str], home: Path) -> Iterator[KritaHome]:
    """Every place of a Krita on a system, the usual one first."""
    if platform == "win32":
        roaming = Path(env.get("APPDATA") or home / "AppData/Roaming")
        local = Path(env.get("LOCALAPPDATA") or home / "AppData/Local")
        yield KritaHome("Krita", roaming / "krita", local / "kritarc")
        for store in sorted((local / "Packages").glob("49800Krita_*")):
            cache = store / "LocalCache"
            yield KritaHome(
                "Krita (Windows Store)", cache / "Roaming/krita", cache / "Local/kritarc"
            )
    elif platform == "darwin":
        library = home / "Library"
        yield KritaHome(
            "Krita", library / "Application Support/krita", library / "Preferences/kritarc"
        )
    else:
        data = Path(env.get("XDG_DATA_HOME") or home / ".local/share")
        config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
        yield KritaHome("Krita", data / "krita", config / "kritarc")
        flatpak = home / ".var/app/org.kde.krita"
        yield KritaHome("Krita (Flatpak)", flatpak / "data/krita", flatpak / "config/kritarc")
        snap = home / "snap/krita/current"
        yield KritaHome("Krita (Snap)", snap / ".local/share/krita", snap / ".config/kritarc")


def install(krita: KritaHome, link: bool = False) -> None:
    """Put the plugin in place and enable it; what was there of it before is replaced.

    Args:
        krita: where.
        link: link to this checkout's files in place of copying, for work on the plugin.
    """
    source = client_dir("krita_plugin")
    put = _link if link else _copy
    krita.plugins.mkdir(parents=True, exist_ok=True)
    put(source / PLUGIN, krita.plugins / PLUGIN)
    put(source / f"{PLUGIN}.desktop", krita.plugins / f"{PLUGIN}.desktop")
    _remove(krita.actions / f"{PLUGIN}.action")  # Krita reads the one in the plugin's folder too
    _set_enabled(krita.settings, True)


def uninstall(krita: KritaHome) -> bool:
    """Take the plugin away; its own settings stay. True if there was something to take."""
    ours = [path for path in _places(krita) if path.is_symlink() or path.exists()]
    for path in ours:
        _remove(path)
    _set_enabled(krita.settings, False)
    return bool(ours)


def plugin_state(krita: KritaHome) -> PluginState:
    """Compare what a Krita has of the plugin with this version's files."""
    folder = krita.plugins / PLUGIN
    if folder.is_symlink():
        return PluginState.LINKED
    if not folder.is_dir():
        return PluginState.ABSENT
    ours = client_dir("krita_plugin") / PLUGIN
    same = _contents(folder) == _contents(ours)
    return PluginState.SAME if same else PluginState.OTHER


def is_enabled(krita: KritaHome) -> bool:
    """Whether a Krita loads the plugin when it starts."""
    lines = _read_settings(krita.settings).splitlines()
    return _with_setting(lines, True) == lines


def write_zip(destination: Path) -> None:
    """Write the plugin as Krita's own importer takes it.

    The importer finds a plugin by its folder's own entry in the zip, so folders are written too.

    Raises:
        UserError: the name is no zip's, something else has it, or it cannot be written.
    """
    if destination.suffix.lower() != ".zip":
        raise UserError(f"{destination} is no name for a zip; choose one that ends in .zip.")
    source = client_dir("krita_plugin")
    contents: dict[str, bytes] = {}
    for path in [source / f"{PLUGIN}.desktop", source / PLUGIN, *_files(source / PLUGIN)]:
        name = path.relative_to(source).as_posix()
        contents |= {f"{name}/": b""} if path.is_dir() else {name: path.read_bytes()}
    write_archive(destination, contents, _is_our_zip, option="--zip")


def _is_our_zip(archive: zipfile.ZipFile) -> bool:
    return {f"{PLUGIN}.desktop", f"{PLUGIN}/__init__.py"} <= set(archive.namelist())


def _places(krita: KritaHome) -> list[Path]:
    """Where a plugin's files lie, whoever installed it."""
    return [
        krita.plugins / PLUGIN,
        krita.plugins / f"{PLUGIN}.desktop",
        krita.actions / f"{PLUGIN}.action",
    ]


def _files(folder: Path) -> list[Path]:
    """A plugin's files and folders, without what Python leaves there."""
    return sorted(
        path
        for path in folder.rglob("*")
        if "__pycache__" not in path.parts and path.suffix != ".pyc"
    )


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in _files(folder)
        if path.is_file()
    }


def _copy(source: Path, destination: Path) -> None:
    _remove(destination)
    if source.is_dir():
        _copy_folder(source, destination)
    else:
        shutil.copyfile(source, destination)


def _copy_folder(source: Path, destination: Path) -> None:
    try:
        shutil.copytree(source, destination, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    except shutil.Error as error:
        *_, reason = error.args[0][0]
        raise UserError(
            f"{destination} cannot be written ({reason}); put that right and install again."
        ) from error


def _link(source: Path, destination: Path) -> None:
    _remove(destination)
    try:
        destination.symlink_to(source.resolve(), target_is_directory=source.is_dir())
    except OSError as error:
        raise UserError(
            f"{destination} cannot be made a link ({error.strerror}); install without --link."
        ) from error


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _set_enabled(settings: Path, enabled: bool) -> None:
    """Set the plugin's line in Krita's settings and leave every other byte as it is."""
    settings = settings.resolve()
    old = _read_settings(settings)
    newline = "\r\n" if "\r\n" in old else "\n"
    lines = old.removesuffix(newline).split(newline) if old else []
    changed = _with_setting(lines, enabled)
    if changed == lines:
        return
    settings.parent.mkdir(parents=True, exist_ok=True)
    partial = settings.with_name(settings.name + ".layer-bridge")
    text = newline.join([*changed, ""])
    try:
        partial.write_bytes(text.encode("utf-8", "surrogateescape"))
        if settings.exists():
            shutil.copymode(settings, partial)
        partial.replace(settings)
    finally:
        partial.unlink(missing_ok=True)


def _read_settings(settings: Path) -> str:
    return settings.read_bytes().decode("utf-8", "surrogateescape") if settings.exists() else ""


def _with_setting(lines: list[str], enabled: bool) -> list[str]:
    """The lines of a settings file with our line in its group `[python]`, or without it."""
    wanted = f"{SETTING}=true"
    group, kept, found = "", [], False
    for line in lines:
        group = line.strip() if line.startswith("[") else group
        if group == "[python]" and line.split("=")[0].strip() == SETTING:
            if found or not enabled:
                continue
            line, found = wanted, True
        kept.append(line)
    if found or not enabled:
        return kept
    headings = [line.strip() for line in kept]
    if "[python]" not in headings:
        return [*kept, *([""] if kept else []), "[python]", wanted]
    at = headings.index("[python]") + 1
    return [*kept[:at], wanted, *kept[at:]]
