"""A client's way to a server: the socket and the greeting, and why either may fail."""

from __future__ import annotations

import logging
import ssl
from urllib.parse import urlsplit

from websockets.asyncio import client as websocket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

import bridge
from bridge.errors import UserError
from bridge.wire.address import DEFAULT_PORT, is_loopback
from bridge.wire.framing import FrameError
from bridge.wire.protocol import (
    PROTOCOL_VERSION,
    Failure,
    Hello,
    ProtocolError,
    Welcome,
    parse_server_message,
)
from bridge.wire.stream import (
    PING_INTERVAL_S,
    PING_TIMEOUT_S,
    STALL_TIMEOUT_S,
    Outgoing,
    TextMessage,
    receive,
    send,
)

DEFAULT_URL = f"ws://127.0.0.1:{DEFAULT_PORT}"

logger = logging.getLogger(__name__)


class ServerError(UserError):
    """The server is not there, or refuses; the text is one sentence that says what to do."""

    def __init__(self, detail: str, code: str = "no_server") -> None:
        super().__init__(detail)
        self.code = code


async def open_connection(
    url: str, token: str | None, tls: ssl.SSLContext | None
) -> websocket.ClientConnection:
    """Connect; `bridge.client.connect` says what the arguments are.

    Raises:
        ServerError: no server answers there, it turns this client away, or what is said could be
            overheard.
    """
    _check_privacy(url)
    headers = {"Authorization": f"Bearer {token}"} if token else None
    try:
        return await websocket.connect(
            url,
            ssl=tls or (True if url.startswith("wss:") else None),
            additional_headers=headers,
            compression=None,
            proxy=None,
            max_size=None,
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
        )
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", None) or error.reason
        raise ServerError(f"There is no safe connection to {url}: {reason}.", "refused") from None
    except (InvalidURI, ValueError):
        raise ServerError(f"{url} is no server's address; write it as {DEFAULT_URL}.") from None
    except InvalidHandshake as error:
        raise _turned_away(url, error) from None
    except OSError:
        raise ServerError(
            f"No server answers at {url}; start one with `layer-bridge serve`."
        ) from None


def _check_privacy(url: str) -> None:
    """Raise ServerError if pictures and token would leave this machine in clear."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return  # no address at all, as connecting will tell
    if parts.scheme == "ws" and parts.hostname and not is_loopback(parts.hostname):
        raise ServerError(
            f"Pictures would travel unencrypted to {parts.hostname}; use wss:// instead of ws://.",
            "refused",
        )


def _turned_away(url: str, error: InvalidHandshake) -> ServerError:
    if isinstance(error, InvalidStatus) and error.response.status_code in (401, 403, 503):
        reason = (error.response.body or b"").decode(errors="replace").strip()
        return ServerError(f"The server at {url} turned this client away: {reason}", "refused")
    return ServerError(f"What answers at {url} is no layer-bridge server; give another address.")


async def greet(connection: websocket.ClientConnection) -> Welcome:
    """Say hello.

    Raises:
        ServerError: the server refuses, or is none of ours.
    """
    hello = Hello(protocol=PROTOCOL_VERSION, client="python", client_version=bridge.__version__)
    try:
        await send(connection, Outgoing(hello), STALL_TIMEOUT_S)
        incoming = await receive(connection, STALL_TIMEOUT_S)
        await incoming.into([])
        message = parse_server_message(incoming.header)
    except (ConnectionClosed, FrameError, ProtocolError, TextMessage, TimeoutError) as error:
        logger.info("no welcome: %r", error)
        raise ServerError("The server did not answer as a layer-bridge server does.") from None
    if isinstance(message, Failure):
        raise ServerError(message.detail, message.code.value)
    if not isinstance(message, Welcome) or not message.engines:
        raise ServerError("The server did not answer as a layer-bridge server does.")
    return message
