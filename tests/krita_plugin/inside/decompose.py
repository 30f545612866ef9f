"""Plays the scenes of an artist at work with the installed plugin and a real server."""

import sys
import time
import traceback

import mishaps
import scenes
from studio import SCENES, Studio, until

__all__ = ["main", "mishaps", "scenes"]


def main(arguments):
    """Play the scenes; for each, what was found, or how it failed."""
    studio = Studio(arguments)
    found, faults, seconds = {}, {}, {}
    only = arguments.get("only")
    yield from before_the_server(studio)
    yield from studio.start_server()
    yield from studio.photograph("ready-no-document")
    try:
        for name, function in SCENES.items():
            if only not in (None, name):
                continue
            begun = time.monotonic()
            sys.stderr.write(f"scene: {name}\n")
            try:
                found[name] = yield from function(studio, arguments["pictures"])
            except Exception:
                faults[name] = traceback.format_exc()
            yield from studio.put_in_order()
            seconds[name] = round(time.monotonic() - begun, 1)
    finally:
        studio.kill_server()
        studio.plugin.stop_server()
    return {"found": found, "faults": faults, "seconds": seconds}


def before_the_server(studio):
    yield from until(lambda: studio.plugin.session.reason, "the first attempt fails")
    yield from studio.photograph("no-server")
