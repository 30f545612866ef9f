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

const layer = (name, more) => ({ name, ...SIZE, pixels: desk.painting(16, 12), ...more });
const below = { background: true, pixels: desk.painting(16, 12, { soft: false }) };
const paper = () => layer("paper", below);

/** Read a document, place its layers, and say what came of it. */
async function place({ fake, canvas }, choices = {}, scope = "document") {
  const handle = canvas.activeDocument();
  const picture = await handle.read(scope);
  const layers = desk.stackFor(picture);
  const title = `Layers: ${handle.title}`;
  const notice = await handle.place(layers, picture, title, { ...ON_TOP, ...choices }, NEVER);
  assert.deepEqual(fake.leaks(), []);
  return { picture, layers, notice };
}

function opened(options, ...layers) {
  const seat = desk.sitDown(options);
  return { ...seat, document: seat.fake.openDocument({ title: "figure", ...SIZE, layers }) };
}

const GROUP = { "Layers: figure": OURS };

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

const NOT_RGB = "is not an RGB document and can’t show these layers as they are";
const LINEAR = "blends in linear light, where these layers don’t add up to the picture";
const unfit = [
  ["CMYK", 8, NOT_RGB],
  ["CMYK", 16, NOT_RGB],
  ["lab", 16, NOT_RGB],
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
