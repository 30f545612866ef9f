"""A server whose engine works until it is stopped; prints its address. For tests of signals."""

import asyncio

from bridge.server import ServerSettings, serve
from tests.bridge.fakes import SwatchEngine, until_cancelled


def main() -> None:
    asyncio.run(
        serve(
            ServerSettings(port=0),
            {"builtin": lambda: SwatchEngine(before=until_cancelled)},
            started=lambda server: print(server.url, flush=True),  # noqa: T201
        )
    )


if __name__ == "__main__":
    main()
