"""Where the server is: what the artist types, as host, port and whether TLS is spoken."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from .protocol import DEFAULT_PORT


class Address(NamedTuple):
    """A server's place; `str` gives it as the artist would type it."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    secure: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"wss://{host}:{self.port}" if self.secure else f"{host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether it is this computer."""
        return self.host in ("127.0.0.1", "::1", "localhost")


def parse_address(text: str) -> Address:
    """Read "127.0.0.1:7347", "localhost", "[::1]:7347", "ws://..." or "wss://...".

    Raises:
        ValueError: one sentence for the artist.
    """
    text = text.strip()
    with_scheme = text if "://" in text else f"ws://{text}"
    try:
        parts = urlsplit(with_scheme)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("ws", "wss") or parts.path.strip("/") or " " in host:
        raise ValueError(f"“{text}” is no server address; type it like {Address()}.")
    return Address(host, port or DEFAULT_PORT, parts.scheme == "wss")
