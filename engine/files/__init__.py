"""Pictures in, layered files out: PNG, JPEG, WebP, TIFF, PSD, KRA, ORA."""

from engine.files.picture import MAX_PIXELS, Picture
from engine.files.png import encode_png
from engine.files.reading import read_picture
from engine.files.writing import FORMATS, format_of, write_stack

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "Picture",
    "encode_png",
    "format_of",
    "read_picture",
    "write_stack",
]
