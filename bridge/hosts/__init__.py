"""Putting the plugins into the host applications of this machine."""
