"use strict";

// Replace: the picture is read as if the group that goes had never come.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { Cancelled } = require("../../uxp_panel/picture.js");
const desk = require("./desk.js");

const { GROUP, NEVER, ON_TOP, layer, opened, pixelsOf, place } = desk;
const REPLACE = { replace: true };

/** The look of the group that was placed last in a document with layers of that look. */
const groupIn = ({ fake, document }) => fake.render(document, { only: document.layers[0] });

/** Paint over a layer, as the artist does. */
function repaint({ document }, name, value) {
  const node = document._open.nodes.find((one) => one.name === name);
  node.raster = { ...node.raster, data: node.raster.data.map(() => value) };
  document._open.changed("Brush");
}

for (const depth of [8, 16]) {
  test(`a soft picture of ${depth} bits stays as it is however often it is replaced`, async () => {
    const seat = desk.sitDown();
    const pixels = desk.painting(16, 12, { depth });
    const document = seat.fake.openDocument({ title: "figure", ...desk.SIZE, depth, pixels });
    const first = seat.fake.render(document);
    await place(seat);
    for (let time = 0; time < 3; time += 1) {
      await place(seat, REPLACE);
      assert.equal(document.layers.length, 2);
      assert.ok(desk.difference(groupIn({ ...seat, document }), first) <= 2);
    }
  });
}

test("what was repainted under the group is what the new one shows", async () => {
  const seat = opened({}, layer("a", { pixels: desk.painting(16, 12, { soft: false }) }));
  await place(seat);
  repaint(seat, "a", 90);
  const { picture } = await place(seat, REPLACE);
  assert.ok(pixelsOf(picture).every((value) => value === 90));
});

for (const scope of ["document", "layer", "selection"]) {
  test(`reading without the group leaves all as it was: ${scope}`, async () => {
    const seat = opened({}, layer("a", { active: true }));
    const { fake, canvas, document } = seat;
    fake.select(document, { left: 2, top: 1, right: 10, bottom: 9 });
    const handle = canvas.activeDocument();
    const bare = await handle.read(scope);
    await place(seat);
    const before = desk.stateOf(fake, document);
    const picture = await handle.read(scope, { ...ON_TOP, ...REPLACE });
    assert.deepEqual(pixelsOf(picture), pixelsOf(bare));
    assert.deepEqual(picture.originals, bare.originals);
    assert.deepEqual(desk.stateOf(fake, document), before);
  });
}

test("Esc while the group is out of sight brings it back", async () => {
  for (const call of ["imaging.getPixels", "resumeHistory"]) {
    const seat = opened({}, layer("a"));
    const { fake, canvas, document } = seat;
    await place(seat);
    const before = desk.stateOf(fake, document);
    fake.pressEscape({ before: call });
    const reading = canvas.activeDocument().read("document", { ...ON_TOP, ...REPLACE });
    await assert.rejects(reading, Cancelled);
    assert.deepEqual(desk.stateOf(fake, document), before);
  }
});

test("a picture that can’t be read brings the group back too", async () => {
  const seat = opened({}, layer("a"));
  const { fake, canvas, document } = seat;
  await place(seat);
  repaint(seat, "a", 0);
  const before = desk.stateOf(fake, document);
  await desk.refusal(canvas.activeDocument().read("document", { ...ON_TOP, ...REPLACE }));
  assert.deepEqual(desk.stateOf(fake, document), before);
});

test("originals that were hidden for the group are read, time after time", async () => {
  const inner = [layer("c"), layer("d", { visible: false })];
  const outer = { name: "g", expanded: true, layers: inner };
  for (const [layers, placement] of [
    [[layer("a"), layer("b", { visible: false })], "top"],
    [[{ ...outer, layers: [layer("e", { active: true }), ...inner] }], "above_active"],
  ]) {
    const seat = opened({}, ...layers);
    const before = seat.fake.render(seat.document);
    await place(seat, { hideOriginals: true, placement });
    for (const hideOriginals of [false, true, true]) {
      const { picture } = await place(seat, { ...REPLACE, hideOriginals });
      assert.deepEqual(pixelsOf(picture), before.data);
    }
  }
});

test("layers for a new document replace nothing, so the group is read too", async () => {
  const seat = opened({}, layer("a"));
  await place(seat);
  const { canvas, fake, document } = seat;
  const choices = { placement: "new_document", replace: true, hideOriginals: false };
  const picture = await canvas.activeDocument().read("document", choices);
  assert.deepEqual(pixelsOf(picture), fake.render(document).data);
});

test("after an undo, the group before is the one that goes", async () => {
  const seat = opened({}, layer("a"));
  const { fake, document, canvas } = seat;
  await place(seat);
  const [first] = document.layers;
  await place(seat);
  fake.undo(document);
  const handle = canvas.activeDocument();
  const how = { ...ON_TOP, ...REPLACE };
  const picture = await handle.read("document", how);
  await handle.place(desk.stackFor(picture), picture, "Layers: figure", how, NEVER);
  assert.deepEqual(desk.names(document.layers), [GROUP, "a"]);
  assert.notEqual(document.layers[0].id, first.id);
});

for (const scope of ["document", "layer", "selection"]) {
  test(`a document that is not in front is read without its group too: ${scope}`, async () => {
    const seat = opened({}, layer("a", { active: true }));
    const { fake, canvas, document } = seat;
    fake.select(document, { left: 2, top: 1, right: 10, bottom: 9 });
    const handle = canvas.activeDocument();
    const bare = await handle.read(scope);
    await place(seat);
    const before = desk.stateOf(fake, document);
    const other = fake.openDocument({ title: "other", ...desk.SIZE });
    fake.openDocument({ title: "third", ...desk.SIZE });
    fake.activate(other);
    const picture = await handle.read(scope, { ...ON_TOP, ...REPLACE });
    assert.deepEqual(pixelsOf(picture), pixelsOf(bare));
    assert.deepEqual(desk.stateOf(fake, document), before);
    assert.equal(fake.activeDocument.id, other.id);
  });
}
