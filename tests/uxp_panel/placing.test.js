"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");

const desk = require("./desk.js");

const { GROUP, NEVER, ON_TOP, OURS, layer, opened, place } = desk;
const paper = () =>
  layer("paper", { background: true, pixels: desk.painting(16, 12, { soft: false }) });

test("the group is isolated, its layers whole, and each lies where it was", async () => {
  const seat = opened(
    {},
    layer("a", { left: 3, width: 5, height: 4, pixels: desk.painting(5, 4) }),
  );
  const { layers } = await place(seat);
  const [group] = seat.document.layers;
  assert.equal(group.blendMode, "normal");
  const modes = group.layers.map((one) => [one.name, one.blendMode, one.opacity, one.visible]);
  const expected = ["normal", "lighten", "multiply", "normal"];
  assert.deepEqual(
    modes,
    OURS.map((name, at) => [name, expected[at], 100, true]),
  );
  const [flat] = layers;
  const { left, top, width, height } = group.layers[3].bounds;
  assert.deepEqual([left, top, width, height], [flat.x, flat.y, flat.width, flat.height]);
});

test("a layer without pixels stays empty", async () => {
  const seat = opened({}, layer("a"));
  const handle = seat.canvas.activeDocument();
  const picture = await handle.read("document");
  const layers = desk.stackFor(picture);
  const none = { x: 0, y: 0, width: 0, height: 0, pixels: new Uint8Array(0) };
  layers[3] = { ...layers[3], ...none };
  await handle.place(layers, picture, "Layers: figure", ON_TOP, NEVER);
  assert.deepEqual(desk.names(seat.document.layers), [GROUP, "a"]);
  assert.equal(seat.document.layers[0].layers[0].bounds.width, 0);
});

const open = (name, ...layers) => ({ name, layers, expanded: true });
const places = [
  ["top", [layer("a"), layer("b", { active: true })], [GROUP, "a", "b"]],
  ["top", [{ ...open("g", layer("a")), active: true }, layer("b")], [GROUP, { g: ["a"] }, "b"]],
  ["top", [open("g", layer("a", { active: true })), layer("b")], [GROUP, { g: ["a"] }, "b"]],
  ["top", [layer("a", { clipped: true, active: true }), layer("b")], [GROUP, "a", "b"]],
  ["top", [layer("a", { clipped: true }), layer("b", { active: true })], [GROUP, "a", "b"]],
  ["top", [layer("a", { visible: false }), paper()], [GROUP, "a", "paper"]],
  ["above_active", [layer("a"), layer("b", { active: true })], ["a", GROUP, "b"]],
  ["above_active", [layer("a"), { ...paper(), active: true }], ["a", GROUP, "paper"]],
  ["above_active", [{ ...open("g", layer("a")), active: true }], [GROUP, { g: ["a"] }]],
  [
    "above_active",
    [open("g", layer("a"), layer("b", { active: true })), layer("c")],
    [{ g: ["a", GROUP, "b"] }, "c"],
  ],
  [
    "above_active",
    [layer("x"), layer("a", { clipped: true }), layer("b", { active: true })],
    ["x", GROUP, "a", "b"],
  ],
  [
    "above_active",
    [layer("a", { clipped: true }), layer("b", { clipped: true, active: true }), layer("c")],
    [GROUP, "a", "b", "c"],
  ],
  [
    "above_active",
    [layer("a", { active: true }), layer("b"), layer("c", { active: true })],
    [GROUP, "a", "b", "c"],
  ],
];
for (const version of ["24.4.0", "26.9.0"]) {
  for (const [placement, layers, expected] of places) {
    const name = `${placement} in ${JSON.stringify(expected)}, ${version}`;
    test(`layers go where they should: ${name}`, async () => {
      const seat = opened({ version }, ...layers);
      const { fake, document } = seat;
      const before = desk.stateOf(fake, document);
      await place(seat, { placement });
      const after = desk.stateOf(fake, document);
      assert.deepEqual(desk.names(document.layers), expected);
      assert.deepEqual(after.clipped, before.clipped);
      assert.deepEqual(after.active.sort(), before.active.sort());
      assert.deepEqual(after.history, [...before.history, "Layers: figure"]);
      const visible = (tree) => tree.flatMap((one) => (one.visible ? [] : [one.name]));
      assert.deepEqual(visible(after.tree), visible(before.tree));
      fake.undo(document);
      const undone = desk.stateOf(fake, document);
      assert.deepEqual({ ...undone, history: before.history }, before);
    });
  }
}

test("where no layer is active, none is afterwards", async () => {
  const seat = opened({}, layer("a"));
  seat.fake.activateLayers(seat.document, []);
  await place(seat, { placement: "above_active" });
  assert.deepEqual(desk.names(seat.document.layers), [GROUP, "a"]);
  assert.equal(seat.document.activeLayers.length, 0);
});

test("a selection's layers lie where it is", async () => {
  const seat = opened({}, layer("a"));
  seat.fake.select(seat.document, { left: 4, top: 3, right: 12, bottom: 9 });
  const { layers } = await place(seat, {}, "selection");
  const [flat] = seat.document.layers[0].layers.slice(-1);
  assert.deepEqual([flat.bounds.left, flat.bounds.top], [4 + layers[0].x, 3 + layers[0].y]);
  assert.ok(seat.document.selection.bounds);
});

test("the last group goes and the new one takes its place, in one history state", async () => {
  const clipped = layer("clip", { clipped: true });
  for (const layers of [
    [layer("a"), layer("b")],
    [layer("x"), clipped, layer("a"), layer("b")],
  ]) {
    const seat = opened({}, ...layers);
    const { fake, document } = seat;
    await place(seat, { placement: "above_active" });
    const old = document.layers[0].id;
    fake.activateLayers(document, [document.layers[0]]);
    const before = desk.stateOf(fake, document);
    await place(seat, { replace: true });
    const after = desk.stateOf(fake, document);
    assert.deepEqual(desk.names(document.layers), [GROUP, ...layers.map((one) => one.name)]);
    assert.notEqual(document.layers[0].id, old);
    assert.deepEqual(after.active, [document.layers[0].id]);
    assert.deepEqual(after.history, [...before.history, "Layers: figure"]);
    fake.undo(document);
    const undone = desk.stateOf(fake, document);
    assert.deepEqual([undone.look, undone.tree], [before.look, before.tree]);
    await place(seat, { replace: true });
    assert.equal(document.layers.length, layers.length + 1);
  }
});

test("the new group takes the old one's place wherever that was moved, and its clipping", async () => {
  const seat = opened({}, open("g", layer("a", { clipped: true }), layer("b", { active: true })));
  await place(seat, { placement: "above_active" });
  const [outer] = seat.document.layers;
  const [old, , bottom] = outer.layers;
  await seat.fake.photoshop.core.executeAsModal(
    async () => {
      old.move(bottom, "placeBefore");
      assert.ok(old.isClippingMask);
    },
    { commandName: "the artist moves it" },
  );
  await place(seat, { replace: true });
  assert.deepEqual(desk.names(seat.document.layers), [{ g: ["a", GROUP, "b"] }]);
  assert.deepEqual(desk.stateOf(seat.fake, seat.document).clipped, ["a", "Layers: figure"]);
});

test("without a last group, the new one goes where it was asked to", async () => {
  const seat = opened({}, layer("a"), layer("b", { active: true }));
  await place(seat);
  seat.fake.undo(seat.document);
  await place(seat, { replace: true, placement: "above_active" });
  assert.deepEqual(desk.names(seat.document.layers), ["a", GROUP, "b"]);
});

test("what was decomposed is hidden where that is asked for", async () => {
  const seat = opened({}, layer("a"), layer("b", { visible: false }), open("g", layer("c")));
  const { notice } = await place(seat, { hideOriginals: true });
  assert.match(notice, /^The layers that were decomposed are hidden\./);
  const shown = seat.document.layers.map((one) => one.visible);
  assert.deepEqual(shown, [true, false, false, false]);
  assert.ok(seat.document.layers[3].layers[0].visible);
  assert.deepEqual(seat.fake.history(seat.document), ["Open", "Layers: figure"]);
});

test("a group that the new one lies in is not hidden, but what else is in it", async () => {
  const seat = opened({}, open("g", layer("c"), layer("d", { active: true })), layer("e"));
  await place(seat, { hideOriginals: true, placement: "above_active" });
  const [outer, e] = seat.document.layers;
  assert.deepEqual([outer.visible, e.visible], [true, false]);
  assert.deepEqual(
    outer.layers.map((one) => one.visible),
    [false, true, false],
  );
});

test("of a layer, only that is hidden; of a selection, nothing", async () => {
  const seat = opened({}, layer("a"), layer("b", { active: true }));
  await place(seat, { hideOriginals: true }, "layer");
  assert.deepEqual(
    seat.document.layers.map((one) => one.visible),
    [true, true, false],
  );
  seat.fake.select(seat.document, { left: 0, top: 0, right: 8, bottom: 8 });
  const { notice } = await place(seat, { hideOriginals: true }, "selection");
  assert.equal(notice, "");
  assert.deepEqual(
    seat.document.layers.map((one) => one.visible),
    [true, true, true, false],
  );
});

/** Let a fake method do something to what it made, for as long as `act` takes. */
async function tampering(prototype, name, tamper, act) {
  const original = prototype[name];
  prototype[name] = async function made(...values) {
    const layer = await original.apply(this, values);
    tamper(this._open, layer);
    return layer;
  };
  try {
    return await act();
  } finally {
    prototype[name] = original;
  }
}

test("wherever Photoshop puts a new layer or group, it is put right", async () => {
  const misplace = (open, { id }) => {
    const node = open.take(id);
    Object.assign(node, { clipped: true, blendMode: node.children ? "passThrough" : "normal" });
    open.nodes.push(node);
  };
  const clip = layer("clip", { clipped: true });
  for (const name of ["createPixelLayer", "createLayerGroup"]) {
    const seat = opened({}, clip, layer("a"));
    const before = desk.stateOf(seat.fake, seat.document);
    const prototype = Object.getPrototypeOf(seat.document);
    const handle = seat.canvas.activeDocument();
    const picture = await handle.read("document");
    const layers = desk.stackFor(picture).map((one) => ({ ...one, blendMode: "normal" }));
    const act = () => handle.place(layers, picture, "Layers: figure", ON_TOP, NEVER);
    await tampering(prototype, name, misplace, act);
    assert.deepEqual(desk.names(seat.document.layers), [GROUP, "clip", "a"]);
    assert.equal(seat.document.layers[0].blendMode, "normal");
    assert.deepEqual(desk.stateOf(seat.fake, seat.document).clipped, before.clipped);
  }
});

test("where it cannot be put right, nothing is placed", async () => {
  const seat = opened({}, layer("a"));
  const handle = seat.canvas.activeDocument();
  const picture = await handle.read("document");
  const layers = desk.stackFor(picture);
  const before = desk.stateOf(seat.fake, seat.document);
  const shuffle = (open, { id }) => open.node(id).children.reverse();
  const act = () => handle.place(layers, picture, "Layers: figure", ON_TOP, NEVER);
  const prototype = Object.getPrototypeOf(seat.document);
  const promise = tampering(prototype, "createLayerGroup", shuffle, act);
  assert.match(await desk.refusal(promise), /\(it did not keep the order of the layers\)\.$/);
  assert.deepEqual(desk.stateOf(seat.fake, seat.document), before);
});

test("what the artist clipped to the old group is clipped to the new one", async () => {
  const seat = opened({}, layer("clip"), layer("a", { active: true }));
  await place(seat, { placement: "above_active" });
  const [clip] = seat.document.layers;
  await seat.fake.photoshop.core.executeAsModal(async () => (clip.isClippingMask = true), {
    commandName: "the artist clips it",
  });
  await place(seat, { replace: true });
  assert.deepEqual(desk.names(seat.document.layers), ["clip", GROUP, "a"]);
  assert.deepEqual(desk.stateOf(seat.fake, seat.document).clipped, ["clip"]);
});

test("what the artist hid meanwhile is not said to be hidden by us", async () => {
  const seat = opened({}, layer("a"));
  const handle = seat.canvas.activeDocument();
  const picture = await handle.read("document");
  seat.document._open.nodes[0].visible = false;
  const choices = { ...ON_TOP, hideOriginals: true };
  const layers = desk.stackFor(picture);
  assert.equal(await handle.place(layers, picture, "Layers: figure", choices, NEVER), "");
});

test("a hidden layer that was active stays hidden, though Photoshop may show what it selects", async () => {
  const seat = opened({}, layer("a", { visible: false, active: true }), layer("b"));
  const prototype = Object.getPrototypeOf(seat.document.layers[0]);
  const original = Object.getOwnPropertyDescriptor(prototype, "selected");
  const showing = function showing(select) {
    original.set.call(this, select);
    this._document.node(this._id).visible = true;
  };
  Object.defineProperty(prototype, "selected", { ...original, set: showing });
  await place(seat);
  Object.defineProperty(prototype, "selected", original);
  assert.ok(!seat.document.layers[1].visible);
  assert.ok(seat.document.layers[1].selected);
});
