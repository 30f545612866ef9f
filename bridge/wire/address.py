"""Where a server is found: its default port, and which hosts are this machine alone."""

from __future__ import annotations

import ipaddress

DEFAULT_PORT = 7347


def is_loopback(host: str) -> bool:
    """Whether a name or address, without brackets or port, means this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
