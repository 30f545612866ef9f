"""The commands of `layer-bridge`: what each does, and what it shows."""
