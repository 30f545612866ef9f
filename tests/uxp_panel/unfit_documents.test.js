"use strict";

// Documents that are refused before anything of theirs is read or changed.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const desk = require("./desk.js");
const { DocumentMode } = require("./fake_photoshop/constants.js");
const { finished, withRig } = require("./plugin_rig.js");

const { NEVER, ON_TOP, layer, opened } = desk;
const pixelsRead = (fake) => fake.log.filter((call) => /get(Pixels|Selection)/.test(call)).length;

for (const scope of ["document", "layer", "selection"]) {
  test(`what is larger than the server takes is not read: ${scope}`, async () => {
    const { fake, canvas, document } = opened({}, layer("a", { active: true }));
    fake.select(document, { left: 2, top: 1, right: 12, bottom: 11 });
    const handle = canvas.activeDocument();
    const size = scope === "selection" ? 100 : 192;
    await handle.read(scope, { maxPixels: size });
    const before = pixelsRead(fake);
    const sentence = await desk.refusal(handle.read(scope, { maxPixels: size - 1 }));
    assert.match(sentence, /^“figure” has 0 megapixels, and the server takes 0; scale it down/);
    assert.equal(pixelsRead(fake), before);
    assert.equal(canvas.openDocuments().length, 1);
  });
}

test("a canvas that no memory could hold is refused, a part of it is read", async () => {
  const { fake, canvas, document } = opened({}, layer("a"));
  Object.assign(document._open, { width: 300000, height: 300000 });
  const handle = canvas.activeDocument();
  const sentence = await desk.refusal(handle.read("document", { maxPixels: 1e8 }));
  assert.match(sentence, /has 90000 megapixels, and the server takes 100;/);
  assert.equal(pixelsRead(fake), 0);
});

test("the panel asks for no more than its server takes", async () => {
  await withRig(["Mio"], async (rig) => {
    rig.server.welcome.limits = { max_pixels: 47, max_jobs: 1 };
    const plugin = await rig.start();
    plugin.decompose();
    await finished(plugin);
    assert.match(plugin.error, /^“Mio” has .+ scale it down/);
    assert.equal(pixelsRead(rig.photoshop), 0);
  });
});

test("Quick Mask mode is named, before reading and before placing", async () => {
  const { fake, canvas, document } = opened({}, layer("a"));
  const handle = canvas.activeDocument();
  const picture = await handle.read("document");
  const [before, read] = [desk.stateOf(fake, document), pixelsRead(fake)];
  fake.quickMask(document, true);
  const sentence = "“figure” is in Quick Mask mode; press Q to leave it and try again.";
  assert.equal(await desk.refusal(handle.read("document")), sentence);
  const placing = handle.place(desk.stackFor(picture), picture, "Layers", ON_TOP, NEVER);
  assert.equal(await desk.refusal(placing), sentence);
  assert.equal(pixelsRead(fake), read);
  assert.deepEqual(desk.stateOf(fake, document), before);
});

for (const [mode, name, way] of [
  ["INDEXEDCOLOR", "Indexed Color", "RGB Color"],
  ["BITMAP", "Bitmap", "Grayscale"],
  ["DUOTONE", "Duotone", "RGB Color"],
  ["MULTICHANNEL", "Multichannel", "RGB Color"],
]) {
  test(`a document in ${name} mode is refused with the way out`, async () => {
    const { fake, canvas, document } = opened({}, layer("a"));
    document._open.mode = DocumentMode[mode];
    assert.equal(
      await desk.refusal(canvas.activeDocument().read("document")),
      `“figure” is in ${name} mode; choose Image > Mode > ${way} and decompose it again.`,
    );
    assert.equal(pixelsRead(fake), 0);
  });
}

test("what Photoshop can’t read of an RGB document is not blamed on its mode", async () => {
  const { fake, canvas } = opened({}, layer("a"));
  fake.photoshop.imaging.getPixels = async () => {
    throw new Error("out of scratch space");
  };
  const sentence = await desk.refusal(canvas.activeDocument().read("document"));
  assert.match(sentence, /^Photoshop can’t read “figure”; try again, or .+ copy of it \(out of/);
});
