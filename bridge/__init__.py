"""Talk to clients: the protocol, the server, the Python client and the command line."""

__version__ = "0.1.0"
