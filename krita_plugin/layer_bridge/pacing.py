"""When to try again and when to give up: the rules of time for a connection, without a clock."""

from __future__ import annotations

RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0)
"""How long to wait before each new attempt; the last one stays."""
CONNECT_SECONDS = 10.0
"""How long the server may take to say welcome."""
PING_SECONDS = 20.0
"""After so much silence we ask for a sign of life."""
SILENCE_SECONDS = 60.0
"""After so much silence the connection counts as dropped."""
LATE_SECONDS = 5.0
"""A tick that comes this late says that Krita itself was busy, not the server silent."""


class Backoff:
    """Growing pauses between attempts."""

    def __init__(self) -> None:
        self._attempts = 0

    def pause(self) -> float:
        """How long to wait this time, in seconds."""
        pause = RETRY_SECONDS[min(self._attempts, len(RETRY_SECONDS) - 1)]
        self._attempts += 1
        return pause

    def reset(self) -> None:
        """Start with short pauses again."""
        self._attempts = 0


class Heartbeat:
    """Notices that the other side has gone silent; times are seconds of one monotonic clock."""

    def __init__(self, now: float) -> None:
        self.heard(now)

    def heard(self, now: float) -> None:
        """A sign of life came."""
        self._heard = now
        self._asked = False

    def asked(self) -> None:
        """A sign of life was asked for."""
        self._asked = True

    @property
    def deadline(self) -> float:
        """When to look again."""
        return self._heard + (SILENCE_SECONDS if self._asked else PING_SECONDS)

    def is_silent(self, now: float) -> bool:
        """Whether the connection counts as dropped."""
        if now > self.deadline + LATE_SECONDS:
            self.heard(now)
        return now - self._heard >= SILENCE_SECONDS
