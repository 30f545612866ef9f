"""A server whose engine has memory for small pictures only; prints its address."""

import asyncio
from collections.abc import Mapping

from bridge.server import ServerSettings, serve
from engine import LayerStack, Progress, Rgba
from engine.errors import OutOfMemory
from tests.bridge.fakes import SwatchEngine

WIDEST = 64


class ChoosyEngine(SwatchEngine):
    def decompose(
        self,
        rgba: Rgba,
        composition: str = "production",
        progress: Progress | None = None,
        options: Mapping[str, object] | None = None,
    ) -> LayerStack:
        if rgba.shape[1] > WIDEST:
            raise OutOfMemory("The picture needs more memory than is free; scale it down.")
        return super().decompose(rgba, composition, progress, options)


def main() -> None:
    asyncio.run(
        serve(
            ServerSettings(port=0),
            {"builtin": ChoosyEngine},
            started=lambda server: print(server.url, flush=True),  # noqa: T201
        )
    )


if __name__ == "__main__":
    main()
