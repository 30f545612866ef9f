"""Layered documents for tests, written as PSD, KRA and ORA by other code than reads them."""

import copy
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode, CompatibilityMode
from psd_tools.psd import PSD

from engine.layers import Rgba

PSD_MODES = {
    "photoshop-soft-light": BlendMode.SOFT_LIGHT,
    **{mode.name.lower().replace("_", "-"): mode for mode in BlendMode},
}
KRITA_MODES = {"color-dodge": "dodge", "color-burn": "burn", "photoshop-soft-light": "soft_light"}
ORA_MODES = {"normal": "src-over", "linear-dodge": "plus"}
TILE = 64


@dataclass(frozen=True)
class Leaf:
    """A layer of pixels."""

    name: str
    rgba: Rgba
    mode: str = "normal"
    opacity: float = 1.0
    clipped: bool = False
    visible: bool = True
    mask: Rgba | None = None
    """(h, w) uint8, at the canvas's corner; nothing shows beside it."""
    top: int = 0
    left: int = 0


@dataclass(frozen=True)
class Folder:
    """A group; `pass-through` is a mode of it."""

    name: str
    children: tuple["Leaf | Folder", ...]
    mode: str = "normal"
    opacity: float = 1.0
    clipped: bool = False
    visible: bool = True
    mask: Rgba | None = None


Document = Sequence[Leaf | Folder]
"""Bottom first."""


def write_document(path: Path, nodes: Document, width: int, height: int, depth: int = 8) -> Path:
    """Write a document in the suffix's format, with the merged picture that psd-tools makes."""
    psd = as_psd(nodes, width, height, depth)
    picture = np.asarray(psd.composite(force=True).convert("RGBA"))
    if path.suffix == ".psd":
        write_psd(path, psd, picture)
        return path
    merged = png(picture)
    write = {".kra": write_kra, ".ora": write_ora}[path.suffix]
    write(path, nodes, width, height, merged)
    return path


def as_psd(nodes: Document, width: int, height: int, depth: int = 8) -> PSDImage:
    psd = PSDImage.new("RGBA", (width, height), depth=depth)
    psd.compatibility_mode = CompatibilityMode.CLIP_STUDIO_PAINT
    _fill(psd, nodes)
    return psd


def write_psd(path: Path, psd: PSDImage, picture: Rgba) -> None:
    """Save, with the merged picture as Photoshop stores it: over white, with its alpha."""
    file = io.BytesIO()
    psd.save(file)
    file.seek(0)
    record = PSD.read(file)
    alpha = picture[..., 3:] / 255
    shown = np.rint(picture[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    scale = 257 if record.header.depth == 16 else 1
    planes = np.dstack([shown, picture[..., 3]]).astype(f">u{record.header.depth // 8}") * scale
    planes = planes.astype(f">u{record.header.depth // 8}")
    record.image_data.set_data([planes[..., at].tobytes() for at in range(4)], record.header)
    info = record.layer_and_mask_information.layer_info
    info.layer_count = -abs(info.layer_count)  # the merged picture has alpha
    with path.open("wb") as out:
        record.write(out)


def _fill(parent, nodes):
    for node in nodes:
        mode, opacity = PSD_MODES[node.mode], round(node.opacity * 255)
        if isinstance(node, Folder):
            layer = parent.create_group(name="", opacity=opacity, blend_mode=mode)
            # psd-tools gives both ends of a group one list of channels; a mask would be in both.
            layer._bounding_channels = copy.deepcopy(layer._channels)
            layer._psd._update_record()
            _fill(layer, node.children)
        else:
            layer = parent.create_pixel_layer(
                Image.fromarray(node.rgba),
                name="",
                top=node.top,
                left=node.left,
                opacity=opacity,
                blend_mode=mode,
            )
        if node.clipped:
            layer.clipping = True
        if node.mask is not None:
            layer.create_mask(Image.fromarray(node.mask), 0, 0)
        layer.name = node.name
        layer.visible = node.visible


def png(rgba: Rgba) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgba).save(out, "PNG")
    return out.getvalue()


def write_ora(path: Path, nodes: Document, width: int, height: int, merged: bytes) -> None:
    pictures: list[bytes] = []

    def element(node):
        mode = "src-atop" if node.clipped else ORA_MODES.get(node.mode, node.mode)
        about = (
            f"name={quoteattr(node.name)} opacity='{node.opacity}' "
            f"visibility='{'visible' if node.visible else 'hidden'}'"
        )
        if isinstance(node, Folder):
            passes = node.mode == "pass-through"
            how = "auto" if passes else "isolate"
            mode = "src-over" if passes else mode
            inside = "".join(map(element, reversed(node.children)))
            return f"<stack {about} isolation='{how}' composite-op='svg:{mode}'>{inside}</stack>"
        pictures.append(png(node.rgba))
        place = f"src='data/{len(pictures)}.png' x='{node.left}' y='{node.top}'"
        return f"<layer {about} {place} composite-op='svg:{mode}'/>"

    inside = "".join(map(element, reversed(nodes)))
    xml = f"<image w='{width}' h='{height}' version='0.0.5'><stack>{inside}</stack></image>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", xml)
        archive.writestr("mergedimage.png", merged)
        for index, data in enumerate(pictures, start=1):
            archive.writestr(f"data/{index}.png", data)


def write_kra(path: Path, nodes: Document, width: int, height: int, merged: bytes) -> None:
    members: dict[str, bytes] = {}

    def element(node):
        mode = KRITA_MODES.get(node.mode, node.mode.replace("-", "_"))
        file = f"layer{len(members)}"
        members[file] = b""
        about = (
            f"name={quoteattr(node.name)} opacity='{round(node.opacity * 255)}' filename='{file}' "
            f"visible='{int(node.visible)}' channelflags='{'1110' if node.clipped else ''}' "
        )
        masks = ""
        if node.mask is not None:
            members[f"{file}m.pixelselection"] = krita_tiles(node.mask[..., None])
            members[f"{file}m.pixelselection.defaultpixel"] = b"\0"
            masks = (
                f"<masks><mask nodetype='transparencymask' visible='1' filename='{file}m'/></masks>"
            )
        if isinstance(node, Folder):
            passes = node.mode == "pass-through"
            mode = "normal" if passes else mode
            inside = "".join(map(element, reversed(node.children)))
            return (
                f"<layer nodetype='grouplayer' passthrough='{int(passes)}' compositeop='{mode}' "
                f"{about}><layers>{inside}</layers>{masks}</layer>"
            )
        members[file] = krita_tiles(node.rgba[..., [2, 1, 0, 3]])
        members[f"{file}.defaultpixel"] = bytes(4)
        return (
            f"<layer nodetype='paintlayer' colorspacename='RGBA' compositeop='{mode}' "
            f"x='{node.left}' y='{node.top}' {about}>{masks}</layer>"
        )

    inside = "".join(map(element, reversed(nodes)))
    xml = (
        f"<DOC xmlns='http://www.calligra.org/DTD/krita'><IMAGE name='picture' width='{width}' "
        f"height='{height}' colorspacename='RGBA'><layers>{inside}</layers></IMAGE></DOC>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr("maindoc.xml", xml)
        archive.writestr("mergedimage.png", merged)
        for name, data in members.items():
            archive.writestr(f"picture/layers/{name}", data)


def krita_tiles(pixels: np.ndarray) -> bytes:
    """Tiles as Krita writes them, every second one compressed."""
    height, width, channels = pixels.shape
    size = channels * pixels.itemsize
    tiles = []
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            tile = np.zeros((TILE, TILE, channels), pixels.dtype)
            part = pixels[top : top + TILE, left : left + TILE]
            tile[: part.shape[0], : part.shape[1]] = part
            data = b"\0" + tile.tobytes()
            if len(tiles) % 2:
                planes = tile.view(np.uint8).reshape(TILE * TILE, size).T.tobytes()
                data = b"\1" + squeeze(planes)
            tiles.append(f"{left},{top},LZF,{len(data)}\n".encode() + data)
    head = f"VERSION 2\nTILEWIDTH {TILE}\nTILEHEIGHT {TILE}\nPIXELSIZE {size}\nDATA {len(tiles)}\n"
    return head.encode() + b"".join(tiles)


def squeeze(data: bytes) -> bytes:
    """LZF: runs of one byte as repeats of it, all else as it is."""
    out, at = bytearray(), 0
    while at < len(data):
        run = 1
        while at + run < len(data) and run < 264 and data[at + run] == data[at]:
            run += 1
        out += bytes([0, data[at]])
        if run >= 4:
            count = run - 3  # the first is written, two are in every repeat
            out += bytes([count << 5, 0]) if count < 7 else bytes([7 << 5, count - 7, 0])
        else:
            run = 1
        at += run
    return bytes(out)
