"""Write a stack as a folder: a manifest, four PNGs and a preview."""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine.files.picture import Picture
from engine.files.png import encode_pngs
from engine.files.preview import contact_sheet
from engine.layers import LayerStack

MANIFEST = "manifest.json"
PREVIEW = "preview.png"
FORMAT, VERSION = "layer-bridge/layers", 1


def folder_files(stack: LayerStack, source: Picture) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file, the manifest last: with it the folder is whole."""
    pictures = (layer.rgba for layer in stack)
    encoded = encode_pngs(pictures, source.icc_profile, source.dpi)
    for layer, png in zip(stack, encoded, strict=True):
        yield f"{layer.role}.png", png
    yield PREVIEW, contact_sheet(stack, source)
    yield MANIFEST, _manifest(stack)


def _manifest(stack: LayerStack) -> bytes:
    manifest: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "width": stack.width,
        "height": stack.height,
        "engine": stack.engine,
        "composition": stack.composition,
        "layers": [
            {
                "role": layer.role,
                "name": layer.name,
                "file": f"{layer.role}.png",
                "blend_mode": layer.blend_mode,
                "opacity": 1,
            }
            for layer in stack
        ],
        "reconstruction": {
            "psnr_db": stack.reconstruction.psnr_db,
            "max_error": stack.reconstruction.max_error,
        },
    }
    if stack.edits:
        manifest["edits"] = list(stack.edits)
    return (json.dumps(manifest, indent=2) + "\n").encode()
