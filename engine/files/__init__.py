"""Pictures in, layered files out: PNG, JPEG, WebP, TIFF, PSD, KRA, ORA."""

from engine.files.folder import MANIFEST, PREVIEW
from engine.files.picture import MAX_PIXELS, Picture
from engine.files.png import encode_png
from engine.files.reading import read_picture
from engine.files.stacks import read_stack
from engine.files.writing import FOLDER, FORMATS, WRITERS, format_of, write_stack

__all__ = [
    "FOLDER",
    "FORMATS",
    "MANIFEST",
    "MAX_PIXELS",
    "PREVIEW",
    "WRITERS",
    "Picture",
    "encode_png",
    "format_of",
    "read_picture",
    "read_stack",
    "write_stack",
]
