"""An engine behind a server, called as if it were here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.client.conversation import connect
from bridge.wire.protocol import Progress as ProgressMessage
from engine import LayerStack, Progress, Rgba, silent


@dataclass(frozen=True)
class RemoteEngine:
    """A server's engine; each picture is a conversation of its own."""

    url: str
    engine: str | None = None
    """A name of the server's, or None for the one that it offers first"""
    token: str | None = None
    """What the server was started with, on another computer"""
    options: Mapping[str, object] = field(default_factory=dict)
    """Values of the engine's options"""

    def decompose(
        self, rgba: Rgba, composition: str, progress: Progress | None = None
    ) -> LayerStack:
        """As `Engine.decompose`; an interrupt cancels the job on the server.

        Raises:
            ServerError: no server answers, or it refuses.
        """
        return asyncio.run(self._decompose(rgba, composition, progress or silent))

    async def _decompose(self, rgba: Rgba, composition: str, progress: Progress) -> LayerStack:
        def tell(message: ProgressMessage) -> None:
            waits = message.queue_position > 0
            stage = f"queued, {message.queue_position} ahead" if waits else message.stage
            progress(stage, message.fraction)

        async with connect(self.url, token=self.token) as client:
            return await client.decompose(
                rgba,
                engine=self.engine,
                composition=composition,
                progress=tell,
                options=self.options,
            )
