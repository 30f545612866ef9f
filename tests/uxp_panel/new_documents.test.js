"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");

const desk = require("./desk.js");

const { GROUP, NEVER, ON_TOP, SIZE, layer, opened, place } = desk;

test("a new document holds the group alone, in the colours of the picture", async () => {
  const rgb = { mode: "RGB", profile: "Adobe RGB (1998)", resolution: 144 };
  for (const depth of [8, 16]) {
    const seat = desk.sitDown();
    const { fake, canvas } = seat;
    const pixels = desk.painting(16, 12, { depth });
    const document = fake.openDocument({ title: "figure", ...SIZE, ...rgb, depth, pixels });
    fake.select(document, { left: 5, top: 4, right: 13, bottom: 10 });
    const before = desk.stateOf(fake, document);
    const { picture, notice } = await place(seat, { placement: "new_document" }, "selection");
    assert.equal(notice, "");
    assert.deepEqual(desk.stateOf(fake, document), before);
    const made = fake.activeDocument;
    assert.equal(canvas.activeDocument().title, "Layers: figure");
    assert.deepEqual(desk.names(made.layers), [GROUP]);
    assert.deepEqual([made.width, made.height, made.resolution], [8, 6, 144]);
    assert.equal(made.colorProfileName, "Adobe RGB (1998)");
    const { width, height } = picture;
    const source = { width, height, depth, data: desk.pixelsOf(picture) };
    assert.ok(desk.difference(source, fake.render(made)) <= 2);
    assert.equal(canvas.openDocuments().length, 2);
  }
});

test("a new document is made even where the old one is closed", async () => {
  const seat = opened({}, layer("a"));
  const handle = seat.canvas.activeDocument();
  const picture = await handle.read("document");
  const layers = desk.stackFor(picture);
  seat.fake.closeDocument(seat.document);
  const choices = { ...ON_TOP, placement: "new_document", replace: true, hideOriginals: true };
  await handle.place(layers, picture, "Layers: figure", choices, NEVER);
  assert.deepEqual(desk.names(seat.fake.activeDocument.layers), [GROUP]);
});

const OTHER = "and these blend modes look different there";
const LINEAR = "blends in linear light, where these layers don’t add up to the picture";
const unfit = [
  ["CMYK", 8, `is CMYK, ${OTHER}`],
  ["CMYK", 16, `is CMYK, ${OTHER}`],
  ["lab", 16, `is Lab, ${OTHER}`],
  ["RGB", 32, LINEAR],
  ["grayscale", 32, LINEAR],
];
for (const [mode, depth, why] of unfit) {
  test(`layers of ${mode} in ${depth} bits go into a new RGB document, and why`, async () => {
    const seat = desk.sitDown();
    const { fake, canvas } = seat;
    const gray = mode === "grayscale";
    const pixels = desk.painting(16, 12, { gray });
    const own = gray ? desk.grayOf(pixels) : pixels;
    const document = fake.openDocument({ title: "figure", ...SIZE, mode, depth, pixels: own });
    const before = desk.stateOf(fake, document);
    const { picture, notice } = await place(seat, { hideOriginals: true, replace: true });
    assert.equal(notice, `“figure” ${why}, so its layers are in a new document.`);
    assert.deepEqual(desk.stateOf(fake, document), before);
    const made = fake.activeDocument;
    assert.deepEqual(desk.names(made.layers), [GROUP]);
    assert.equal(made.colorProfileName, "sRGB IEC61966-2.1");
    const source = { ...SIZE, depth: picture.depth, data: desk.pixelsOf(picture) };
    assert.ok(desk.difference(source, fake.render(made)) <= 2);
    assert.equal(canvas.openDocuments().length, 2);
  });
}

test("layers that their document cannot show do not need it open", async () => {
  const seat = desk.sitDown();
  const pixels = desk.painting(16, 12);
  const document = seat.fake.openDocument({ title: "figure", ...SIZE, mode: "CMYK", pixels });
  const handle = seat.canvas.activeDocument();
  const picture = await handle.read("document");
  const layers = desk.stackFor(picture);
  seat.fake.closeDocument(document);
  await handle.place(layers, picture, "Layers: figure", ON_TOP, NEVER);
  assert.deepEqual(desk.names(seat.fake.activeDocument.layers), [GROUP]);
});

test("colourful layers of a gray document go into a new RGB document", async () => {
  const seat = desk.sitDown();
  const pixels = desk.grayOf(desk.painting(16, 12, { gray: true }));
  seat.fake.openDocument({ title: "figure", ...SIZE, mode: "grayscale", pixels });
  const handle = seat.canvas.activeDocument();
  const picture = await handle.read("document");
  const [flat, ...others] = desk.stackFor(picture);
  const tinted = Uint8Array.from(flat.pixels, (value, at) => (at % 4 === 0 ? value >> 1 : value));
  const layers = [{ ...flat, pixels: tinted }, ...others];
  const notice = await handle.place(layers, picture, "Layers: figure", ON_TOP, NEVER);
  const why = "is a grayscale document and can’t show the colors of these layers";
  assert.equal(notice, `“figure” ${why}, so its layers are in a new document.`);
  assert.equal(seat.fake.activeDocument.mode, "RGBColorMode");
});

test("a profile that is not installed is left out of a new document, and that is said", async () => {
  const seat = opened({}, layer("a"));
  const handle = seat.canvas.activeDocument();
  const read = await handle.read("document");
  const picture = { ...read, colors: { ...read.colors, profile: "Camera 7" } };
  const choices = { ...ON_TOP, placement: "new_document" };
  const layers = desk.stackFor(picture);
  const notice = await handle.place(layers, picture, "Layers: figure", choices, NEVER);
  assert.match(notice, /^The color profile “Camera 7” is not installed, /);
});
