"""Every kind of raster picture becomes upright RGBA with an honest profile."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from engine.errors import UnsupportedImage
from engine.files import encode_png, read_picture
from engine.files.profiles import description, srgb
from tests.engine.files import icc

COLOURS = np.array([[[200, 90, 30], [10, 20, 250]], [[0, 128, 255], [77, 78, 79]]], np.uint8)
ALPHA = np.array([[[255], [128]], [[1], [254]]], np.uint8)
RGBA = np.concatenate([COLOURS, ALPHA], axis=2)


def test_rgba_png_is_read_as_it_is(tmp_path):
    Image.fromarray(RGBA).save(tmp_path / "a.png", dpi=(300, 300), icc_profile=srgb())
    picture = read_picture(tmp_path / "a.png")
    assert (picture.rgba == RGBA).all()
    assert picture.rgba.dtype == np.uint8
    assert (picture.icc_profile, picture.dpi, picture.notes) == (srgb(), 300, ())


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_opaque_rgb_gets_full_alpha(tmp_path, suffix):
    smooth = Image.fromarray(np.full((16, 24, 3), (200, 90, 30), np.uint8))
    smooth.save(tmp_path / f"a.{suffix}", quality=95)
    rgba = read_picture(tmp_path / f"a.{suffix}").rgba
    assert rgba.shape == (16, 24, 4)
    assert (rgba[..., 3] == 255).all()
    assert np.abs(rgba[..., :3].astype(int) - (200, 90, 30)).max() <= 3


def test_a_wrong_suffix_does_not_matter(tmp_path):
    Image.fromarray(RGBA).save(tmp_path / "a.jpg", "PNG")
    assert (read_picture(tmp_path / "a.jpg").rgba == RGBA).all()


@pytest.mark.parametrize("lossless", ["webp", "tif"])
def test_alpha_stays_straight(tmp_path, lossless):
    path = tmp_path / f"a.{lossless}"
    Image.fromarray(RGBA).save(path, lossless=True, exact=True)
    assert (read_picture(path).rgba == RGBA).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P"])
def test_gray_and_palette_become_rgba(tmp_path, mode):
    image = Image.fromarray(COLOURS).convert(mode)
    image.save(tmp_path / "a.png")
    assert (read_picture(tmp_path / "a.png").rgba == np.asarray(image.convert("RGBA"))).all()


def test_the_transparent_colour_of_a_png_is_transparent(tmp_path):
    Image.fromarray(COLOURS).save(tmp_path / "a.png", transparency=(10, 20, 250))
    assert read_picture(tmp_path / "a.png").rgba[..., 3].tolist() == [[255, 0], [255, 255]]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["png", "deep png", "tif", "jpg"])
def test_orientation_is_applied(tmp_path, kind, orientation):
    """The tag's own table: which corner of the stored picture is to be seen top left."""
    stored = np.zeros((8, 16, 4), np.uint8)
    stored[...] = 255
    stored[:4, :8, :3] = 0  # the stored picture's first corner is black
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{kind[-3:]}"
    if kind == "deep png":
        path.write_bytes(with_chunk(encode_png(stored.astype(np.uint16) * 257), exif))
    else:
        Image.fromarray(stored[..., :3]).save(path, exif=exif)
    rgba = read_picture(path).rgba
    dark = rgba[..., 0] < rgba[..., 3] // 2
    top, left = dark[: dark.shape[0] // 2].mean() > 0.4, dark[:, : dark.shape[1] // 2].mean() > 0.4
    assert rgba.shape[:2] == ((8, 16) if orientation < 5 else (16, 8))
    assert (top, left) == {
        1: (True, True), 2: (True, False), 3: (False, False), 4: (False, True),
        5: (True, True), 6: (True, False), 7: (False, False), 8: (False, True),
    }[orientation]  # fmt: skip


def with_chunk(png: bytes, exif: Image.Exif) -> bytes:
    """A PNG with its orientation put in (eXIf)."""
    data = exif.tobytes().removeprefix(b"Exif\0\0")
    return png[:33] + chunk(b"eXIf", data) + png[33:]


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# Sixteen bits


@pytest.fixture
def deep():
    return np.random.default_rng(3).integers(0, 65536, (5, 7, 4), np.uint16)


def test_16_bit_png_keeps_its_depth_profile_and_resolution(tmp_path, deep):
    (tmp_path / "a.png").write_bytes(encode_png(deep, srgb(), 300))
    picture = read_picture(tmp_path / "a.png")
    assert (picture.rgba == deep).all()
    assert picture.rgba.dtype == np.uint16
    assert (picture.icc_profile, picture.dpi) == (srgb(), 300)


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_gray_and_rgb_keep_their_depth(tmp_path, deep, suffix, channels):
    path = tmp_path / f"a.{suffix}"
    stored = deep[..., 0] if channels == 1 else deep[..., [2, 1, 0, 3][:channels]]
    assert cv2.imwrite(str(path), stored)
    picture = read_picture(path)
    assert picture.rgba.dtype == np.uint16
    assert (picture.rgba[..., :3] == (deep[..., :1] if channels == 1 else deep[..., :3])).all()
    assert (picture.rgba[..., 3] == (deep[..., 3] if channels == 4 else 65535)).all()


def test_the_transparent_level_of_a_16_bit_png_is_transparent(tmp_path):
    gray = np.array([[5, 1000, 65535]], np.uint16)
    done, png = cv2.imencode(".png", gray)
    assert done
    transparent = chunk(b"tRNS", struct.pack(">H", 1000))
    (tmp_path / "a.png").write_bytes(png.tobytes()[:33] + transparent + png.tobytes()[33:])
    assert read_picture(tmp_path / "a.png").rgba[0, :, 3].tolist() == [65535, 0, 65535]


def test_16_bit_gray_and_alpha_is_gray_to_its_profile(tmp_path):
    """Two opaque and one half transparent pixel of half linear gray."""
    pixels = np.array([[32768, 65535], [32768, 32768], [0, 65535]], ">u2")
    header = struct.pack(">IIBBBBB", 3, 1, 16, 4, 0, 0, 0)
    profile = b"test\0\0" + zlib.compress(icc.gray(gamma=1.0))
    data = zlib.compress(b"\0" + pixels.tobytes())
    chunks = [(b"IHDR", header), (b"iCCP", profile), (b"IDAT", data), (b"IEND", b"")]
    png = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)
    (tmp_path / "a.png").write_bytes(png)
    picture = read_picture(tmp_path / "a.png")
    assert picture.notes == ("Grayscale was converted to sRGB through its profile.",)
    assert picture.rgba[0, :, 3].tolist() == [65535, 32768, 65535]
    assert np.abs(picture.rgba[0, :, 1] / 65535 - [188 / 255, 188 / 255, 0]).max() < 1.5 / 255


def tiff(pixels, photometric, **tags):
    """An uncompressed 16-bit TIFF of one strip, tag by tag."""
    height, width, channels = pixels.shape
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    entries = {256: width, 257: height, 259: 1, 262: photometric, 277: channels, 278: height}
    directory[258] = (16,) * channels
    for tag, value in (entries | {int(name[1:]): value for name, value in tags.items()}).items():
        directory[tag] = value
    data = pixels.astype("<u2").tobytes()
    directory[279] = len(data)
    directory[273] = 0  # Pillow adds its own length to it
    return b"II*\0" + struct.pack("<I", 8) + directory.tobytes(8) + data


def test_premultiplied_alpha_of_a_tiff_is_divided_out(tmp_path):
    pixels = np.array([[[100, 200, 300, 32768], [65535, 0, 9, 65535], [0, 0, 0, 0]]])
    (tmp_path / "a.tif").write_bytes(tiff(pixels, 2, t338=1))
    assert read_picture(tmp_path / "a.tif").rgba[0].tolist() == [
        [200, 400, 600, 32768],
        [65535, 0, 9, 65535],
        [0, 0, 0, 0],
    ]


def test_a_tiff_whose_zero_is_white_is_turned_round(tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff(np.array([[[0], [65535]]]), 0))
    assert read_picture(tmp_path / "a.tif").rgba[0, :, 0].tolist() == [65535, 0]


def test_channels_kept_apart_are_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff(np.zeros((1, 1, 3)), 2, t284=2))
    with pytest.raises(UnsupportedImage, match="interleaved"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("mode", ["F", "I"])
def test_32_bit_numbers_are_refused(tmp_path, mode):
    Image.new(mode, (3, 3)).save(tmp_path / "a.tif")
    with pytest.raises(UnsupportedImage, match="save it with 8 or 16 bits"):
        read_picture(tmp_path / "a.tif")


# Colour models and profiles


def test_cmyk_is_converted_through_its_profile(tmp_path):
    """The profile's inks all print gray of L* 53.4, which is 127 in sRGB: no formula says that."""
    image = Image.new("CMYK", (4, 4), (255, 0, 0, 0))
    image.save(tmp_path / "a.tif", icc_profile=icc.cmyk(ink_lightness=53.4))
    picture = read_picture(tmp_path / "a.tif")
    assert picture.notes == ("CMYK was converted to sRGB through its profile.",)
    assert picture.icc_profile is None
    assert np.abs(picture.rgba[0, 0].astype(int) - (127, 127, 127, 255)).max() <= 2


def test_cmyk_without_a_profile_is_converted_and_said(tmp_path):
    Image.new("CMYK", (4, 4), (255, 0, 0, 0)).save(tmp_path / "a.jpg", quality=100)
    picture = read_picture(tmp_path / "a.jpg")
    assert picture.notes == ("CMYK without a profile was converted to sRGB by the plain formula.",)
    assert np.abs(picture.rgba[0, 0].astype(int) - (0, 255, 255, 255)).max() <= 2


@pytest.mark.parametrize("depth", [8, 16])
def test_gray_is_converted_through_its_profile(tmp_path, depth):
    """Half of linear gray, 0.5, is 188/255 in sRGB."""
    top = 2**depth - 1
    gray = np.full((2, 2), round(top / 2), f"uint{depth}")
    image = Image.fromarray(gray)
    image.save(tmp_path / "a.png", icc_profile=icc.gray(gamma=1.0))
    picture = read_picture(tmp_path / "a.png")
    assert picture.notes == ("Grayscale was converted to sRGB through its profile.",)
    assert picture.icc_profile is None
    assert np.abs(picture.rgba[..., :3] / top - 188 / 255).max() < 1.5 / 255
    assert (picture.rgba[..., 3] == top).all()


@pytest.mark.parametrize(
    ("profile", "note"),
    [
        (icc.gray(gamma=1.0), "The file's GRAY profile does not fit its pixels and was left out."),
        (srgb()[:200], "The file's colour profile is damaged and was left out."),
    ],
)
def test_a_profile_that_does_not_fit_is_left_out_and_said(tmp_path, profile, note):
    Image.fromarray(RGBA).save(tmp_path / "a.png", icc_profile=profile)
    picture = read_picture(tmp_path / "a.png")
    assert (picture.notes, picture.icc_profile) == ((note,), None)
    assert (picture.rgba == RGBA).all()


def test_a_damaged_cmyk_profile_is_left_out_and_said(tmp_path):
    profile = icc.cmyk(ink_lightness=53.4)[:300]
    Image.new("CMYK", (4, 4), (255, 0, 0, 0)).save(tmp_path / "a.tif", icc_profile=profile)
    picture = read_picture(tmp_path / "a.tif")
    assert picture.notes == (
        "The file's colour profile is damaged and was left out.",
        "CMYK without a profile was converted to sRGB by the plain formula.",
    )
    assert picture.rgba[0, 0].tolist() == [0, 255, 255, 255]


def test_an_rgb_profile_stays_with_a_gray_picture(tmp_path):
    Image.new("L", (2, 2), 77).save(tmp_path / "a.png", icc_profile=srgb())
    picture = read_picture(tmp_path / "a.png")
    assert (picture.icc_profile, picture.notes) == (srgb(), ())
    assert picture.rgba[0, 0].tolist() == [77, 77, 77, 255]


def test_lab_is_converted(tmp_path):
    red = Image.new("RGB", (4, 4), (200, 30, 40))
    profiles = [ImageCms.createProfile(name) for name in ("sRGB", "LAB")]
    ImageCms.profileToProfile(red, *profiles, outputMode="LAB").save(tmp_path / "a.tif")
    picture = read_picture(tmp_path / "a.tif")
    assert picture.notes == ("Lab was converted to sRGB.",)
    assert np.abs(picture.rgba[0, 0].astype(int) - (200, 30, 40, 255)).max() <= 3


@pytest.mark.parametrize("suffix", ["tif", "webp", "png"])
def test_of_several_pictures_the_first_is_read_and_said(tmp_path, suffix):
    first, second = (Image.new("RGB", (4, 4), colour) for colour in ("red", "blue"))
    first.save(tmp_path / f"a.{suffix}", save_all=True, append_images=[second], lossless=True)
    picture = read_picture(tmp_path / f"a.{suffix}")
    assert picture.rgba[0, 0].tolist() == [255, 0, 0, 255]
    assert picture.notes == ("The file holds 2 pictures; the first was read.",)


def test_descriptions_name_profiles():
    assert description(srgb()) == "sRGB built-in"
    assert description(icc.rgb(gamma=1.0)) == "test"
    assert description(icc.rgb(gamma=1.0).replace(b"desc", b"none", 1)) == ""
