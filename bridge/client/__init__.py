"""The Python client: `async with connect() as client: stack = await client.decompose(rgba)`."""

from bridge.client.connection import ServerError
from bridge.client.conversation import Client, connect

__all__ = ["Client", "ServerError", "connect"]
