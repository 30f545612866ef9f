"""`layer-bridge install`: the clients put in place, and the clicks that are left to the artist."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from bridge import __version__
from bridge.errors import UserError
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
_REMOVE_PANEL = """\
Creative Cloud takes the panel away; these clicks are left to you:
  1. In Photoshop: Plugins > Manage Plugins. Creative Cloud opens.
  2. Find Layer Bridge and click Uninstall; it may be in the menu behind the dots.
  3. Restart Photoshop.
layer-bridge.ccx among your downloads can be deleted, too."""


_COMMAND = "layer-bridge install photoshop"


def install_krita(arguments: argparse.Namespace) -> int:
    from bridge.hosts import krita

    end_tidily()
    if arguments.zip:
        destination = arguments.zip.resolve()
        krita.write_zip(destination)
        print(
            f"Wrote {destination}. In Krita: Tools > Scripts > Import Python Plugin from File, "
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
    if arguments.uninstall and arguments.any_address:
        raise UserError("--uninstall writes no panel; leave out --any-address.")
    if arguments.uninstall:
        print(_REMOVE_PANEL)
        return 0
    ccx = (arguments.ccx or photoshop.default_ccx()).resolve()
    photoshop.write_ccx(ccx, all_addresses=arguments.any_address)
    if arguments.any_address:
        where, again = "any address", f"{_COMMAND} --any-address"
    else:
        where, again = "this computer only", _COMMAND
    print(f"Wrote the panel {__version__} to {ccx}.")
    print(f"It asks Photoshop for leave to connect to {where}.")
    print(_steps(ccx, again, sys.platform))
    return 0


def _steps(ccx: Path, again: str, platform: str) -> str:
    """What is left to do once the panel's file is written, `again` being the command that did."""
    commands = {
        "win32": f'  Windows  "{_WINDOWS_INSTALLER}" /install "{ccx}"',
        "darwin": f"  macOS    {shlex.quote(_MACOS_INSTALLER)} --install {shlex.quote(str(ccx))}",
    }
    known = [commands[platform]] if platform in commands else commands.values()
    return "\n".join(
        [
            "What is left to do:",
            "  1. Double-click that file. Creative Cloud opens and warns that Adobe has not",
            "     verified the plugin: click Install locally, then OK.",
            "  2. In Photoshop (24.4 or later): Plugins > Layer Bridge.",
            "  3. Start the server in a terminal and leave that window open: layer-bridge serve",
            "  4. Nobody has run the panel in a real Photoshop yet. Please run Self-Test in the",
            "     panel's menu, and open an issue with its report where you got layer-bridge.",
            f"To update the panel later: {again}, then step 1, and restart Photoshop.",
            "If the double-click does nothing, Adobe's installer does the same in a terminal (on "
            "Windows in the Command Prompt, not as administrator):",
            *known,
        ]
    )
