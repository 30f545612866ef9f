"use strict";

// The fake Photoshop's layers: where they land, how they move, what they refuse.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { confetti } = require("./fake_photoshop/scenes.js");
const { OPTIONS, layered, names, started } = require("./fake_rig.js");

test("a new layer lands above the active one and becomes active", async () => {
  const { fake, core } = started();
  const document = layered(fake);
  fake.activateLayers(document, [document.layers[1]]);
  await core.executeAsModal(async () => {
    await document.createPixelLayer({ name: "New", blendMode: "multiply", opacity: 40 });
  }, OPTIONS);
  assert.deepEqual(names(document.layers), ["Ink", "New", "Paint", "Background"]);
  assert.deepEqual(names(document.activeLayers), ["New"]);
  const [, made] = document.layers;
  assert.deepEqual([made.blendMode, made.opacity, made.kind], ["multiply", 40, "pixel"]);
});

test("a new layer lands inside an open group, above a closed one", async () => {
  const { fake, core } = started();
  const group = { name: "Group", layers: [{ name: "Inner" }], active: true };
  const open = fake.openDocument({ width: 4, height: 4, layers: [group] });
  await core.executeAsModal(() => open.createPixelLayer({ name: "New" }), OPTIONS);
  assert.deepEqual(names(open.layers), ["Group"]);
  assert.deepEqual(names(open.layers[0].layers), ["New", "Inner"]);
  assert.equal(open.layers[0].layers[0].parent.name, "Group");
  const closed = fake.openDocument({
    width: 4,
    height: 4,
    layers: [{ ...group, expanded: false }],
  });
  await core.executeAsModal(() => closed.createPixelLayer({ name: "New" }), OPTIONS);
  assert.deepEqual(names(closed.layers), ["New", "Group"]);
});

test("a new layer under a clipped one is clipped, and can be released with those above", async () => {
  const { fake, core } = started();
  const layers = [
    { name: "Clipped", clipped: true },
    { name: "Base", active: true },
  ];
  const document = fake.openDocument({ width: 4, height: 4, layers });
  await core.executeAsModal(async () => {
    const made = await document.createPixelLayer({ name: "New" });
    assert.equal(made.isClippingMask, true);
    made.isClippingMask = false;
  }, OPTIONS);
  assert.deepEqual(
    document.layers.map((layer) => layer.isClippingMask),
    [false, false, false],
  );
});

test("layers are made in the active document, whichever was asked", async () => {
  const { fake, core, app } = started();
  const asked = layered(fake);
  const front = layered(fake);
  await core.executeAsModal(async () => {
    await asked.createPixelLayer({ name: "Stray" });
    assert.throws(() => (asked.layers[0].name = "Other"), /not currently available/);
    app.activeDocument = asked;
    await asked.createPixelLayer({ name: "Meant" });
  }, OPTIONS);
  assert.deepEqual(names(front.layers)[0], "Stray");
  assert.deepEqual(names(asked.layers)[0], "Meant");
});

test("ids are never used again", async () => {
  const { fake, core } = started();
  const document = layered(fake);
  const ids = new Set(document.layers.map((layer) => layer.id));
  await core.executeAsModal(async () => {
    for (let round = 0; round < 3; round++) {
      const layer = await document.createPixelLayer();
      assert.ok(!ids.has(layer.id));
      ids.add(layer.id);
      layer.delete();
      assert.throws(() => layer.name, /does not exist/);
    }
  }, OPTIONS);
});

test("a group takes layers in their order, to the place of the topmost", async () => {
  const { fake, core } = started();
  const document = layered(fake);
  await core.executeAsModal(async () => {
    const [ink, paint] = document.layers;
    await document.createLayerGroup({ name: "Both", fromLayers: [paint, ink] });
  }, OPTIONS);
  assert.deepEqual(names(document.layers), ["Both", "Background"]);
  assert.deepEqual(names(document.layers[0].layers), ["Ink", "Paint"]);
  assert.deepEqual(names(document.activeLayers), ["Both"]);
});

test("layers move above, below and into", async () => {
  const { fake, core, constants } = started();
  const { PLACEBEFORE, PLACEAFTER, PLACEINSIDE } = constants.ElementPlacement;
  const document = layered(fake);
  await core.executeAsModal(async () => {
    const [ink, paint, background] = document.layers;
    ink.move(paint, PLACEAFTER);
    assert.deepEqual(names(document.layers), ["Paint", "Ink", "Background"]);
    ink.move(paint, PLACEBEFORE);
    assert.deepEqual(names(document.layers), ["Ink", "Paint", "Background"]);
    assert.throws(() => ink.move(background, PLACEAFTER), /below the Background/);
    assert.throws(() => background.move(ink, PLACEBEFORE), /can't be moved/);
    assert.throws(() => ink.move(paint, PLACEINSIDE), /inside a group only/);
    const group = await document.createLayerGroup({ name: "Group" });
    paint.move(group, PLACEINSIDE);
    assert.throws(() => group.move(paint, PLACEBEFORE), /into itself/);
  }, OPTIONS);
  assert.deepEqual(names(document.layers), ["Group", "Ink", "Background"]);
});

test("blend modes are refused where they don't exist", async () => {
  const { fake, core, constants } = started();
  const { LINEARDODGE, SCREEN, LIGHTEN, PASSTHROUGH, MULTIPLY } = constants.BlendMode;
  const document = layered(fake);
  const floats = fake.openDocument({ width: 4, height: 4, depth: 32, layers: [{ name: "A" }] });
  const lab = fake.openDocument({ width: 4, height: 4, mode: "Lab", layers: [{ name: "A" }] });
  await core.executeAsModal(async () => {
    await lab.createPixelLayer({ blendMode: MULTIPLY });
    await assert.rejects(lab.createPixelLayer({ blendMode: LIGHTEN }), /not available/);
    fake.activate(floats);
    await floats.createPixelLayer({ blendMode: LINEARDODGE });
    await assert.rejects(floats.createPixelLayer({ blendMode: SCREEN }), /not available/);
    fake.activate(document);
    await document.createLayerGroup({ blendMode: PASSTHROUGH });
    await assert.rejects(document.createPixelLayer({ blendMode: PASSTHROUGH }), /not available/);
    await assert.rejects(document.createPixelLayer({ blendMode: "add" }), /not available/);
    const background = document.backgroundLayer;
    assert.throws(() => (background.blendMode = MULTIPLY), /Background/);
  }, OPTIONS);
});

test("a locked layer stays as it is", async () => {
  const { fake, core } = started();
  const document = layered(fake);
  await core.executeAsModal(async () => {
    const [ink] = document.layers;
    ink.allLocked = true;
    assert.throws(() => (ink.blendMode = "multiply"), /locked/);
    assert.throws(() => ink.delete(), /locked/);
  }, OPTIONS);
});

test("activeLayers can be set since 26.9 only", async () => {
  for (const [version, settable] of [
    ["26.8.1", false],
    ["26.9.0", true],
  ]) {
    const { fake, core } = started({ version });
    const document = layered(fake);
    await core.executeAsModal(async () => {
      const set = () => (document.activeLayers = [document.layers[1]]);
      if (settable) set();
      else assert.throws(set, TypeError);
    }, OPTIONS);
    assert.deepEqual(names(document.activeLayers), [settable ? "Paint" : "Ink"]);
  }
});

test("layers are copied into another document in its own colours", async () => {
  const { fake, core, app } = started();
  const document = layered(fake);
  await core.executeAsModal(async () => {
    const options = { width: 8, height: 8, depth: 16, fill: "transparent", name: "Scratch" };
    const scratch = await app.documents.add(options);
    const copies = await document.duplicateLayers([document.layers[1]], scratch);
    assert.deepEqual(names(scratch.layers), ["Paint", "Layer 1"]);
    assert.equal(copies[0].id, scratch.layers[0].id);
    assert.equal(scratch.bitsPerChannel, "bitDepth16");
    const [copied, original] = [
      fake.render(scratch),
      fake.render(document, { only: document.layers[1] }),
    ];
    copied.data.forEach((value, at) => assert.ok(Math.abs(value / 257 - original.data[at]) < 0.51));
  }, OPTIONS);
});

test("in Quick Mask mode no layer can be made", async () => {
  const { fake, core } = started();
  const document = layered(fake);
  fake.quickMask(document, true);
  assert.equal(document.quickMaskMode, true);
  await core.executeAsModal(async () => {
    await assert.rejects(document.createPixelLayer(), /not currently available/);
    document.quickMaskMode = false;
    await document.createPixelLayer();
  }, OPTIONS);
  assert.equal(document.layers.length, 4);
});

test("a copy of a layer lies above it, or where it is wanted", async () => {
  const { fake, core, constants } = started();
  const document = layered(fake);
  const group = { name: "Group", layers: [{ name: "Inner" }] };
  const other = fake.openDocument({ width: 8, height: 8, layers: [group] });
  fake.activate(document);
  await core.executeAsModal(async () => {
    const [ink, paint] = document.layers;
    const copy = await paint.duplicate();
    copy.name = "Copy";
    await ink.duplicate(paint, constants.ElementPlacement.PLACEAFTER, "Lower");
    await ink.duplicate(other);
  }, OPTIONS);
  assert.deepEqual(names(document.layers), ["Ink", "Copy", "Paint", "Lower", "Background"]);
  assert.deepEqual(names(other.layers[0].layers), ["Ink", "Inner"]);
  assert.equal(document.layers.getByName("Lower").id, document.activeLayers[0].id);
});

test("the layer below a deleted one becomes active, and the last layer stays", async () => {
  const { fake, core } = started();
  const document = layered(fake);
  await core.executeAsModal(async () => {
    const [ink, paint, background] = document.layers;
    fake.activateLayers(document, [ink, background]);
    ink.delete();
    assert.deepEqual(names(document.activeLayers), ["Background"]);
    fake.activateLayers(document, [paint]);
    paint.delete();
    assert.deepEqual(names(document.activeLayers), ["Background"]);
    assert.throws(() => background.delete(), /only layer/);
  }, OPTIONS);
});

test("a blend mode can be set, a group's may be pass-through", async () => {
  const { fake, core } = started();
  const group = { name: "Group", layers: [{ name: "Inner" }] };
  const document = fake.openDocument({ width: 4, height: 4, layers: [group] });
  const [made] = document.layers;
  const [inner] = made.layers;
  await core.executeAsModal(async () => {
    made.blendMode = "passThrough";
    inner.blendMode = "multiply";
    inner.opacity = 25;
    assert.throws(() => (inner.blendMode = "passThrough"), /not available/);
    assert.throws(() => (inner.opacity = 101), /between 0 and 100/);
  }, OPTIONS);
  assert.deepEqual(
    [made.blendMode, inner.blendMode, inner.opacity],
    ["passThrough", "multiply", 25],
  );
});

test("layers can be selected one by one, or by batchPlay", async () => {
  const { fake, core, action } = started();
  const document = layered(fake);
  const target = (layer) => [{ _ref: "layer", _id: layer.id }];
  const [, paint, background] = document.layers;
  await core.executeAsModal(async () => {
    paint.selected = true;
    assert.deepEqual(names(document.activeLayers), ["Ink", "Paint"]);
    document.layers[0].selected = false;
    assert.deepEqual(names(document.activeLayers), ["Paint"]);
    const select = { _obj: "select", _target: target(background), makeVisible: false };
    assert.deepEqual(await action.batchPlay([select], {}), [{}]);
    assert.deepEqual(names(document.activeLayers), ["Background"]);
    const adding = { _obj: "select", _target: target(paint), selectionModifier: {} };
    await action.batchPlay([adding], {});
    assert.deepEqual(names(document.activeLayers), ["Background", "Paint"]);
    await action.batchPlay([{ _obj: "selectNoLayers" }], {});
    assert.deepEqual(names(document.activeLayers), []);
    const [failed] = await action.batchPlay([{ _obj: "explode" }], {});
    const lost = { _obj: "select", _target: [{ _ref: "layer", _id: 99 }] };
    const [missed] = await action.batchPlay([lost], {});
    assert.deepEqual([failed._obj, missed._obj, missed.result], ["error", "error", -25922]);
  }, OPTIONS);
  assert.deepEqual(fake.history(document), ["Open"]);
});
