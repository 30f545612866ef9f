"""Who may open a connection: the rules for Origin, Host and token, asked before the handshake."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sized
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from bridge.server.settings import ServerSettings
from bridge.wire.address import is_loopback

ALLOWED_ORIGIN = "file://"
"""What a Photoshop panel sends; pages in a browser cannot."""
FULL = "The server has as many clients as it takes; close one and connect again.\n"


def admission(
    settings: ServerSettings, clients: Sized
) -> Callable[[ServerConnection, Request], Response | None]:
    """The server's `process_request`: None lets a request through, a response turns it away.

    Args:
        settings: the rules.
        clients: those who are connected.
    """

    def decide(connection: ServerConnection, request: Request) -> Response | None:
        if any(origin != ALLOWED_ORIGIN for origin in request.headers.get_all("Origin")):
            return connection.respond(HTTPStatus.FORBIDDEN, "Web pages may not connect.\n")
        if settings.is_loopback and not _names_loopback(request.headers):
            return connection.respond(HTTPStatus.FORBIDDEN, "The Host must be this machine.\n")
        if settings.token and not _shows(settings.token, request):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "The token is missing or wrong.\n")
        if len(clients) >= settings.max_clients:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, FULL)
        return None

    return decide


def _names_loopback(headers: Headers) -> bool:
    hosts = headers.get_all("Host")
    try:
        return len(hosts) == 1 and is_loopback(urlsplit(f"//{hosts[0]}").hostname or "")
    except ValueError:
        return False


def _shows(token: str, request: Request) -> bool:
    shown = [
        value.removeprefix("Bearer ")
        for value in request.headers.get_all("Authorization")
        if value.startswith("Bearer ")
    ]
    shown += parse_qs(urlsplit(request.path).query).get("token", [])
    return any(hmac.compare_digest(value.encode(), token.encode()) for value in shown)
