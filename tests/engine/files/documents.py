"""Layered documents for tests, written as PSD, KRA and ORA by other code than reads them."""

import copy
import io
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image
from psd_tools import PSDImage
from psd_tools.composite.blend import get_blend_func
from psd_tools.constants import BlendMode, CompatibilityMode

from engine.files.profiles import srgb
from engine.layers import Rgba

PSD_MODES = {
    "photoshop-soft-light": BlendMode.SOFT_LIGHT,
    **{mode.name.lower().replace("_", "-"): mode for mode in BlendMode},
}
PSD_VERSIONS = {".psd": 1, ".psb": 2}
KRITA_MODES = {"color-dodge": "dodge", "color-burn": "burn", "photoshop-soft-light": "soft_light"}
ORA_MODES = {"normal": "src-over", "linear-dodge": "plus"}
TILE = 64
DOCUMENT_INFO = (
    "<!DOCTYPE document-info PUBLIC '-//KDE//DTD document-info 1.1//EN' "
    "'http://www.calligra.org/DTD/document-info-1.1.dtd'>"
    "<document-info xmlns='http://www.calligra.org/DTD/document-info'/>"
)


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
    """Write a document in the suffix's format, with its merged picture."""
    merged = shown(nodes, width, height)
    if path.suffix in PSD_VERSIONS:
        version = PSD_VERSIONS[path.suffix]
        write_psd(path, as_psd(nodes, width, height, depth, version), merged)
    else:
        write = {".kra": write_kra, ".ora": write_ora}[path.suffix]
        write(path, nodes, width, height, png(merged))
    return path


# -- what a document looks like: the formulas, written down once more


def shown(nodes: Document, width: int, height: int) -> Rgba:
    """What a document looks like; clipped nodes stay on all that lies below them in their group."""
    colour, alpha = _stacked(nodes, np.zeros((height, width, 3)), np.zeros((height, width, 1)))
    return np.rint(np.dstack([np.where(alpha > 0, colour, 0), alpha]) * 255).astype(np.uint8)


def _stacked(nodes, colour, alpha):
    for node in nodes:
        if not node.visible:
            continue
        amount = np.full_like(alpha, node.opacity)
        if node.mask is not None:
            amount *= node.mask[..., None] / 255
        if isinstance(node, Folder) and node.mode == "pass-through":
            there, after = _stacked(node.children, colour, alpha)
            mixed = alpha + amount * (after - alpha)
            sums = colour * alpha * (1 - amount) + there * after * amount
            colour, alpha = _over(sums, mixed), mixed
            continue
        source, cover = _source(node, colour, alpha)
        colour, alpha = _laid(node, source, cover * amount, colour, alpha)
    return colour, alpha


def _source(node, colour, alpha):
    """A node's own colour and alpha, on the canvas."""
    if isinstance(node, Folder):
        return _stacked(node.children, np.zeros_like(colour), np.zeros_like(alpha))
    canvas = Image.new("RGBA", alpha.shape[1::-1])
    canvas.paste(Image.fromarray(node.rgba), (node.left, node.top))
    pixels = np.asarray(canvas) / 255
    return pixels[..., :3], pixels[..., 3:]


def _laid(node, source, cover, colour, alpha):
    """Source over, or source atop (W3C Compositing Level 1, section 9.1)."""
    blend = get_blend_func(PSD_MODES[node.mode])
    mixed = blend(colour.astype(np.float32), source.astype(np.float32))
    if node.clipped:
        return colour + cover * (mixed - colour), alpha
    after = alpha + cover - alpha * cover
    sums = (1 - cover) * alpha * colour + cover * ((1 - alpha) * source + alpha * mixed)
    return _over(sums, after), after


def _over(sums, alpha):
    return np.divide(sums, alpha, out=np.zeros_like(sums), where=alpha > 0)


# -- the formats


def as_psd(nodes: Document, width: int, height: int, depth: int = 8, version: int = 1) -> PSDImage:
    """The document as psd-tools' object; the version of a PSB is 2."""
    psd = PSDImage.new("RGBA", (width, height), depth=depth)
    psd._record.header.version = version
    psd.compatibility_mode = CompatibilityMode.CLIP_STUDIO_PAINT
    _fill(psd, nodes)
    psd._update_record()
    return psd


def write_psd(path: Path, psd: PSDImage, picture: Rgba) -> None:
    """Write it, with the merged picture as Photoshop stores it: over white, with its alpha."""
    record = psd._record
    alpha = picture[..., 3:] / 255
    over_white = np.rint(picture[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    planes = np.dstack([over_white, picture[..., 3]]).astype(f">u{record.header.depth // 8}")
    planes *= np.iinfo(planes.dtype).max // 255
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
            f"uuid='{{{uuid.uuid4()}}}' locked='0' collapsed='0' "
        )
        masks = ""
        if node.mask is not None:
            members[f"{file}m.pixelselection"] = krita_tiles(node.mask[..., None])
            members[f"{file}m.pixelselection.defaultpixel"] = b"\0"
            masks = (
                f"<mask nodetype='transparencymask' name='mask' visible='1' filename='{file}m' "
                f"uuid='{{{uuid.uuid4()}}}' locked='0' collapsed='0' x='0' y='0'/>"
            )
        if isinstance(node, Folder):
            passes = node.mode == "pass-through"
            mode = "normal" if passes else mode
            inside = "".join(map(element, reversed(node.children)))
            return (
                f"<layer nodetype='grouplayer' passthrough='{int(passes)}' compositeop='{mode}' "
                f"{about} x='0' y='0'><layers>{masks}{inside}</layers></layer>"
            )
        members[file] = krita_tiles(node.rgba[..., [2, 1, 0, 3]])
        members[f"{file}.defaultpixel"] = bytes(4)
        members[f"{file}.icc"] = srgb()
        return (
            f"<layer nodetype='paintlayer' colorspacename='RGBA' compositeop='{mode}' "
            f"x='{node.left}' y='{node.top}' {about}><masks>{masks}</masks></layer>"
        )

    inside = "".join(map(element, reversed(nodes)))
    xml = (
        "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' "
        "'http://www.calligra.org/DTD/krita-2.0.dtd'><DOC xmlns='http://www.calligra.org/DTD/krita'"
        " syntaxVersion='2.0' editor='Krita'><IMAGE mime='application/x-kra' name='picture' "
        f"width='{width}' height='{height}' x-res='72' y-res='72' colorspacename='RGBA' "
        "profile='sRGB-elle-V2-srgbtrc.icc'>"
        f"<layers>{inside}</layers></IMAGE></DOC>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/x-krita")
        archive.writestr("maindoc.xml", xml)
        archive.writestr("documentinfo.xml", DOCUMENT_INFO)
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
                squeezed = squeeze(tile.view(np.uint8).reshape(TILE * TILE, size).T.tobytes())
                # What is not shorter Krita writes as it is, and would not read otherwise.
                data = b"\1" + squeezed if len(squeezed) < len(data) - 1 else data
            tiles.append(f"{left},{top},LZF,{len(data)}\n".encode() + data)
    head = f"VERSION 2\nTILEWIDTH {TILE}\nTILEHEIGHT {TILE}\nPIXELSIZE {size}\nDATA {len(tiles)}\n"
    return head.encode() + b"".join(tiles)


def squeeze(data: bytes) -> bytes:
    """LZF: runs of one byte as repeats of it, all else as it is."""
    out, plain, at = bytearray(), bytearray(), 0

    def copied():
        for start in range(0, len(plain), 32):
            piece = plain[start : start + 32]
            out.extend(bytes([len(piece) - 1]) + piece)
        plain.clear()

    while at < len(data):
        run = 1
        while at + run < len(data) and run < 264 and data[at + run] == data[at]:
            run += 1
        plain.append(data[at])
        if run >= 4:
            copied()
            count = run - 3  # the first is copied, two are in every repeat
            out += bytes([count << 5, 0]) if count < 7 else bytes([7 << 5, count - 7, 0])
            at += run
        else:
            at += 1
    copied()
    return bytes(out)
