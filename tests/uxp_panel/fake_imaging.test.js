"use strict";

// How the fake Photoshop's imaging API gives pixels.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { confetti, patch, toGray, toSixteen } = require("./fake_photoshop/scenes.js");
const rig = require("./fake_rig.js");

const { opened } = rig;

const SRGB = "sRGB IEC61966-2.1";

/** A rig that also reads: the numbers, what is said of them, and the box. */
function started(options = {}) {
  const host = rig.started({ sameErrors: true, ...options });
  const { imaging, modal } = host;
  const read = (options) =>
    modal(async () => {
      const { imageData, sourceBounds } = await imaging.getPixels(options);
      const data = await imageData.getData({ chunky: true });
      const { left, top, right, bottom } = sourceBounds;
      const about = { ...imageData };
      imageData.dispose();
      return { data, about, box: [left, top, right, bottom] };
    });
  return { ...host, read };
}

test("pixels can't be read outside of a modal scope", async () => {
  const { fake, imaging } = started();
  fake.openDocument(confetti());
  await assert.rejects(imaging.getPixels({}), /only allowed from inside a modal scope/);
});

test("what is empty around a picture is trimmed", async () => {
  const { fake, read } = started();
  const { document } = opened(fake, patch());
  const whole = await read({ documentID: document.id });
  assert.deepEqual(whole.box, [6, 5, 11, 9]);
  assert.deepEqual([whole.about.width, whole.about.height, whole.about.components], [5, 4, 4]);
  assert.deepEqual([...whole.data.subarray(0, 4)], [46, 95, 160, 255]);
  const bounds = { left: 8, top: 0, width: 40, height: 7 };
  const part = await read({ documentID: document.id, sourceBounds: bounds });
  assert.deepEqual(part.box, [8, 5, 11, 7]);
  assert.deepEqual([...part.data.subarray(0, 4)], [48, 95, 160, 255]);
});

test("where there is nothing, nothing is given", async () => {
  const { fake, read } = started();
  const { document } = opened(fake, { ...patch(), layers: [{ ...patch() }, { name: "Empty" }] });
  const empty = { documentID: document.id, layerID: document.layers[1].id };
  await assert.rejects(read(empty), /no pixels/);
  const sourceBounds = { left: 0, top: 0, right: 3, bottom: 3 };
  await assert.rejects(read({ documentID: document.id, sourceBounds }), /empty/);
});

test("an opaque picture and a Background layer come without alpha", async () => {
  const { fake, read } = started();
  const opaque = confetti({ opaque: true });
  const { document, layerID } = opened(fake, { ...opaque, background: true });
  const sourceBounds = { left: 0, top: 0, right: 32, bottom: 32 };
  for (const options of [{}, { layerID }]) {
    const { about, data } = await read({ documentID: document.id, sourceBounds, ...options });
    assert.deepEqual([about.components, about.hasAlpha, about.pixelFormat], [3, false, "RGB"]);
    assert.deepEqual([...data.subarray(0, 3)], [...opaque.pixels.subarray(0, 3)]);
  }
  const plain = opened(fake, opaque);
  const layer = await read({ documentID: plain.document.id, layerID: plain.layerID });
  assert.equal(layer.about.components, 4, "a layer that could be transparent has alpha");
});

test("a layer's pixels come without its opacity, mode and eye", async () => {
  const { fake, read } = started();
  const scene = confetti({ width: 5, height: 5 });
  const layer = { ...scene, name: "A", opacity: 30, blendMode: "multiply", visible: false };
  const { document, layerID } = opened(fake, { width: 5, height: 5, layers: [layer] });
  const sourceBounds = { left: 0, top: 0, right: 5, bottom: 5 };
  assert.deepEqual(
    (await read({ documentID: document.id, layerID, sourceBounds })).data,
    scene.pixels,
  );
});

test("a layer's bounds are its own unless bounds are asked for", async () => {
  const { fake, read } = started();
  const { document, layerID } = opened(fake, patch());
  const asked = { documentID: document.id, layerID };
  assert.deepEqual((await read(asked)).box, [0, 0, 5, 4]);
  const sourceBounds = { left: 0, top: 0, right: 20, bottom: 16 };
  assert.deepEqual((await read({ ...asked, sourceBounds })).box, [6, 5, 11, 9]);
});

test("a group has no pixels, unless the switch says so", async () => {
  const group = { name: "Group", layers: [{ name: "Inner", ...patch() }] };
  for (const groupPixels of [false, true]) {
    const { fake, read } = started({ groupPixels });
    const { document, layerID } = opened(fake, { width: 20, height: 16, layers: [group] });
    const reading = read({ documentID: document.id, layerID });
    if (groupPixels) assert.equal((await reading).about.width, 5);
    else await assert.rejects(reading, /no pixels/);
  }
});

test("16 bits reach from 0 to 32768, or to 65535 at full range", async () => {
  const { fake, imaging, modal } = started();
  const pixels = Uint16Array.from([0, 32768, 65535, 65535]);
  const { document } = opened(fake, { width: 1, height: 1, depth: 16, pixels });
  await modal(async () => {
    const { imageData } = await imaging.getPixels({ documentID: document.id });
    assert.deepEqual([...(await imageData.getData())], [0, 16384, 32768]);
    assert.deepEqual([...(await imageData.getData({ fullRange: true }))], [0, 32768, 65535]);
    imageData.dispose();
  });
});

test("8 bits of a document of 16 are refused since 25.5", async () => {
  for (const [version, refused] of [
    ["25.4.0", false],
    ["25.5.0", true],
  ]) {
    const { fake, read } = started({ version });
    const { document } = opened(fake, { ...toSixteen(confetti()), depth: 16 });
    const reading = read({ documentID: document.id, componentSize: 8 });
    if (refused)
      await assert.rejects(reading, { message: "Photoshop Error. Code: -1", number: -1 });
    else assert.ok((await reading).data instanceof Uint8Array);
  }
});

test("32 bits are floats that may pass white, and their profile is called linear", async () => {
  const { fake, read } = started();
  const pixels = Float32Array.from([-0.25, 0.5, 1.5, 1]);
  const { document } = opened(fake, { width: 1, height: 1, depth: 32, pixels });
  const { data, about } = await read({ documentID: document.id });
  assert.deepEqual([...data], [-0.25, 0.5, 1.5]);
  assert.match(about.colorProfile, /Linear/);
  assert.match(document.colorProfileName, /Linear/);
});

test("gray comes without alpha, unless the switch says so", async () => {
  for (const [grayAlpha, components, format] of [
    [false, 1, "Grayscale"],
    [true, 2, "GrayscaleAlpha"],
  ]) {
    const { fake, read } = started({ grayAlpha });
    const { document } = opened(fake, { ...toGray(patch()), mode: "Grayscale" });
    const { about, box } = await read({ documentID: document.id });
    assert.deepEqual([about.components, about.pixelFormat], [components, format]);
    assert.deepEqual(box, [6, 5, 11, 9]);
    const colored = await read({ documentID: document.id, colorSpace: "RGB" });
    assert.equal(colored.about.components, 4, "asked for RGB, the alpha is there");
  }
});

test("another profile changes the numbers, the document's own does not", async () => {
  const { fake, read } = started();
  const scene = confetti({ opaque: true });
  const { document } = opened(fake, { ...scene, profile: "Adobe RGB (1998)", background: true });
  const own = await read({ documentID: document.id, colorSpace: "RGB" });
  assert.equal(own.about.colorProfile, "Adobe RGB (1998)");
  const plain = scene.pixels.filter((_, at) => at % 4 < 3);
  assert.deepEqual(own.data, plain);
  const srgb = await read({ documentID: document.id, colorSpace: "RGB", colorProfile: SRGB });
  assert.notDeepEqual(srgb.data, plain);
  const unknown = read({ documentID: document.id, colorSpace: "RGB", colorProfile: "Nobody's" });
  await assert.rejects(unknown, { number: -26120 });
});

test("pixels of a CMYK document have to be asked for in another space", async () => {
  const { fake, read } = started();
  const { document } = opened(fake, { ...confetti(), mode: "CMYK" });
  await assert.rejects(read({ documentID: document.id }), /not supported/);
  const found = await read({ documentID: document.id, colorSpace: "RGB" });
  assert.equal(found.about.colorProfile, SRGB);
});

test("an alpha can be applied on white", async () => {
  const { fake, read } = started();
  const pixels = Uint8Array.from([0, 100, 200, 51]);
  const { document } = opened(fake, { width: 1, height: 1, pixels });
  const { data } = await read({ documentID: document.id, applyAlpha: true });
  assert.deepEqual([...data], [204, 224, 244]);
});

test("a picture can be had smaller, in its proportions", async () => {
  const { fake, read } = started();
  const { document } = opened(fake, confetti({ width: 32, height: 16, opaque: true }));
  const { about } = await read({ documentID: document.id, targetSize: { height: 4 } });
  assert.deepEqual([about.width, about.height], [8, 4]);
});

test("a selection is one gray component, trimmed, in the document's depth", async () => {
  for (const [depth, full] of [
    [8, 255],
    [16, 32768],
  ]) {
    const { fake, imaging, modal } = started();
    const { document } = opened(fake, { ...confetti(), depth });
    fake.select(document, { left: 2, top: 3, right: 9, bottom: 8 }, (x) => (x < 4 ? 0 : 255));
    const { left, right } = document.selection.bounds;
    assert.deepEqual([left, right], [4, 9]);
    await modal(async () => {
      const { imageData, sourceBounds } = await imaging.getSelection({ documentID: document.id });
      assert.deepEqual([sourceBounds.left, sourceBounds.top, imageData.width], [4, 3, 5]);
      assert.deepEqual([imageData.components, imageData.componentSize], [1, depth]);
      assert.ok((await imageData.getData()).every((value) => value === full));
      imageData.dispose();
    });
  }
});

test("without a selection there is no box, and reading it throws or gives zeros", async () => {
  for (const noSelection of ["throws", "zeros"]) {
    const { fake, imaging, modal } = started({ noSelection });
    const { document } = opened(fake, confetti());
    assert.equal(document.selection.bounds, null);
    const reading = modal(() => imaging.getSelection({ documentID: document.id }));
    if (noSelection === "throws") await assert.rejects(reading, /no selection/);
    else assert.ok((await (await reading).imageData.getData()).every((value) => value === 0));
  }
});

test("Document.selection came with 25.0", () => {
  const { fake } = started({ version: "24.7.0" });
  assert.equal(fake.openDocument(confetti()).selection, undefined);
});
