"""What a server is started with, and whether that is safe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bridge.errors import UserError
from bridge.wire.address import DEFAULT_PORT, is_loopback
from bridge.wire.stream import PING_TIMEOUT_S, STALL_TIMEOUT_S
from engine import DEFAULT_ENGINE


class StartError(UserError):
    """The server cannot start; the text is one sentence that says what to do."""

    code = "cannot_start"


@dataclass(frozen=True)
class ServerSettings:
    """Every choice that `layer-bridge serve` has, and the limits that it keeps.

    Raises:
        StartError: a host other than loopback lacks its token, certificate or key.
    """

    host: str = "127.0.0.1"
    """127.0.0.1 and localhost mean both loopback addresses, ::1 too where there is one"""
    port: int = DEFAULT_PORT
    """0 takes any free one"""
    engine: str = DEFAULT_ENGINE
    """The first in the list that clients get"""
    token: str | None = None
    """What a client must show; needed off loopback"""
    tls_cert: Path | None = None
    """PEM file; needed off loopback"""
    tls_key: Path | None = None
    """PEM file; needed off loopback"""
    unload_after_s: float | None = 600.0
    """Idle time after which an engine gives back what it keeps between jobs; None is never"""
    readiness_interval_s: float = 5.0
    """How often the engines are asked whether they can work"""
    max_pixels: int = 100_000_000
    """Of one canvas"""
    max_clients: int = 64
    """Connected at the same time"""
    max_jobs: int = 64
    """Unfinished ones of one client"""
    max_waiting_bytes: int = 4 << 30
    """Canvases of all clients' unfinished jobs together"""
    hello_timeout_s: float = 10.0
    """How long a client may stay silent after it connected"""
    stall_timeout_s: float = STALL_TIMEOUT_S
    """How long a client may pause in the middle of a message, either way"""
    ping_timeout_s: float = PING_TIMEOUT_S
    """How long a ping may go unanswered; hosts block their event loop for long"""
    flush_timeout_s: float = 3.0
    """How long the last replies may take when the server stops"""

    def __post_init__(self) -> None:
        if self.is_loopback:
            return
        required = {"--token": self.token, "--tls-cert": self.tls_cert, "--tls-key": self.tls_key}
        missing = [flag for flag, value in required.items() if not value]
        if missing:
            raise StartError(
                f"To serve on {self.host}, which other machines can reach, "
                f"also give {' and '.join(missing)}."
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the host."""
        return is_loopback(self.host)

    @property
    def addresses(self) -> tuple[str, ...]:
        """What to bind, the one that must work first."""
        both = ("127.0.0.1", "::1")
        return both if self.host in ("localhost", "127.0.0.1") else (self.host,)
