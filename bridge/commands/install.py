"""`layer-bridge install`: the clients put in place, and the clicks that are left to the artist."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bridge import __version__
from bridge.interrupts import end_tidily

_WINDOWS_INSTALLER = (
    r"C:\Program Files\Common Files\Adobe\Adobe Desktop Common\RemoteComponents\UPI"
    r"\UnifiedPluginInstallerAgent\UnifiedPluginInstallerAgent.exe"
)
_MACOS_INSTALLER = (
    "/Library/Application Support/Adobe/Adobe Desktop Common/RemoteComponents/UPI"
    "/UnifiedPluginInstallerAgent/UnifiedPluginInstallerAgent.app"
    "/Contents/MacOS/UnifiedPluginInstallerAgent"
)
_REMOVE_PANEL = (
    "Only Creative Cloud can take the panel away. In Photoshop: Plugins > Manage Plugins; find "
    "Layer Bridge there, then Uninstall."
)


def install_krita(arguments: argparse.Namespace) -> int:
    from bridge.hosts import krita

    end_tidily()
    if arguments.zip:
        krita.write_zip(arguments.zip)
        print(
            f"Wrote {arguments.zip}. In Krita: Tools > Scripts > Import Python Plugin from File, "
            "choose it, then restart Krita."
        )
        return 0
    for home in krita.krita_homes():
        if arguments.uninstall:
            was_there = krita.uninstall(home)
            done = "Took the plugin out of" if was_there else "There was no plugin in"
            print(f"{done} {home.title} ({home.plugins}).")
        else:
            krita.install(home, link=arguments.link)
            print(f"Put the plugin {__version__} into {home.title} ({home.plugins}).")
    if not arguments.uninstall:
        print(
            "Restart Krita; then look for Settings > Dockers > Layer Bridge. "
            "Start the server with: layer-bridge serve"
        )
    return 0


def install_photoshop(arguments: argparse.Namespace) -> int:
    from bridge.hosts import photoshop

    end_tidily()
    if arguments.uninstall:
        print(_REMOVE_PANEL)
        return 0
    ccx = (arguments.ccx or photoshop.default_ccx()).absolute()
    photoshop.write_ccx(ccx, all_addresses=arguments.any_address)
    print(_steps(ccx, sys.platform))
    return 0


def _steps(ccx: Path, platform: str) -> str:
    """What is left to do once the panel's file is written."""
    commands = {
        "win32": f'  Windows  "{_WINDOWS_INSTALLER}" /install "{ccx}"',
        "darwin": f'  macOS    "{_MACOS_INSTALLER}" --install "{ccx}"',
    }
    known = [commands[platform]] if platform in commands else commands.values()
    return "\n".join(
        [
            f"Wrote the panel {__version__} to {ccx}. What is left to do:",
            "  1. Double-click that file. Creative Cloud opens and warns that Adobe has not",
            "     verified the plugin: click Install locally, then OK.",
            "  2. In Photoshop (24.4 or later): Plugins > Layer Bridge.",
            "  3. Start the server with: layer-bridge serve",
            "If the double-click does nothing, Adobe's installer does the same in a terminal (on "
            "Windows in the Command Prompt, not as administrator):",
            *known,
        ]
    )
