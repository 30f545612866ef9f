"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");

const desk = require("./desk.js");

const { NEVER, ON_TOP, OURS } = desk;
const SIZE = { width: 16, height: 12 };

/** Documents in which the layers must add up, however their pictures lie in them. */
function* documents() {
  for (const [mode, gray] of [
    ["RGB", false],
    ["grayscale", true],
  ]) {
    for (const depth of [8, 16]) {
      for (const [kind, soft] of [
        ["background", false],
        ["opaque layer", false],
        ["alpha", true],
      ]) {
        const pixels = desk.painting(16, 12, { depth, soft, gray });
        const own = gray ? desk.grayOf(pixels) : pixels;
        const background = kind === "background";
        yield [`${mode} ${depth} ${kind}`, { ...SIZE, mode, depth, pixels: own, background }];
      }
    }
  }
}

for (const [name, description] of documents()) {
  for (const grayAlpha of description.mode === "RGB" ? [false] : [false, true]) {
    test(`${name} looks as before${grayAlpha ? ", with gray alpha" : ""}`, async () => {
      const { fake, canvas } = desk.sitDown({ grayAlpha });
      const document = fake.openDocument({ title: "figure.psd", ...description });
      fake.select(document, { left: 2, top: 2, right: 9, bottom: 8 });
      const before = desk.stateOf(fake, document);
      const handle = canvas.activeDocument();
      const picture = await handle.read("document");
      const layers = desk.stackFor(picture);
      const sent = { ...picture, message: null };
      assert.equal(await handle.place(layers, sent, "Layers: figure", ON_TOP, NEVER), "");
      const after = fake.render(document);
      const [group, ...others] = document.layers;
      assert.deepEqual(desk.names([group]), [{ "Layers: figure": OURS }]);
      assert.equal(others.length, 1);
      assert.ok(desk.difference(before.look, after, desk.opaqueIn(before.look)) <= 2);
      assert.ok(desk.difference(before.look, fake.render(document, { only: group })) <= 2);
      const { active, selection, history } = desk.stateOf(fake, document);
      assert.deepEqual(active, before.active);
      assert.deepEqual(selection, before.selection);
      assert.deepEqual(history, [...before.history, "Layers: figure"]);
      fake.undo(document);
      const undone = desk.stateOf(fake, document);
      assert.deepEqual({ ...undone, history: before.history }, before);
      assert.deepEqual(fake.leaks(), []);
      assert.equal(fake.deepestModal, 1);
    });
  }
}
