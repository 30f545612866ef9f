"""Draws a cel-shaded character whose true layers are known: for the demo, tests and training."""

from engine.illustration.character import Illustration, draw_character

__all__ = ["Illustration", "draw_character"]
