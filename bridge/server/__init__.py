"""The server: clients on loopback, a session for each, and one queue of jobs for all."""

from bridge.server.listening import Server, listen, serve
from bridge.server.settings import ServerSettings, StartError

__all__ = ["Server", "ServerSettings", "StartError", "listen", "serve"]
