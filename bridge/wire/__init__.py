"""What crosses the socket: messages, their bytes, and the pixels in them; no sockets, no jobs."""
