"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { Cancelled } = require("../../uxp_panel/picture.js");
const desk = require("./desk.js");

const { NEVER, ON_TOP, SIZE, layer } = desk;

/** Two documents, the second in front, and a place in the first for a group. */
function open(options = {}) {
  const seat = desk.sitDown(options);
  const { fake, canvas } = seat;
  const clipped = layer("clip", { clipped: true });
  const layers = [layer("a"), clipped, layer("b", { active: true })];
  const document = fake.openDocument({ title: "figure", ...SIZE, layers });
  fake.select(document, { left: 1, top: 1, right: 9, bottom: 6 });
  const other = fake.openDocument({ title: "other", ...SIZE, layers: [layer("x"), layer("y")] });
  return { ...seat, document, other, handle: canvas.openDocuments()[0] };
}

/** All that an artist could notice of Photoshop. */
function lookAround({ fake, canvas, document, other }) {
  return {
    front: fake.activeDocument.id,
    count: canvas.openDocuments().length,
    states: [desk.stateOf(fake, document), desk.stateOf(fake, other)],
    leaks: fake.leaks(),
    modal: fake.isModal,
  };
}

async function outcome(promise) {
  return promise.then(
    () => null,
    (error) => error,
  );
}

/** Do something with Esc before its nth call; whether that ended it. */
async function escapeBefore(nth, { prepare, run }) {
  const seat = open();
  const prepared = await prepare(seat);
  const before = lookAround(seat);
  seat.fake.pressEscape({ nth });
  const error = await outcome(run(seat, prepared));
  if (error === null) {
    return false;
  }
  assert.ok(error instanceof Cancelled, `before call ${nth}: ${error.stack}`);
  assert.deepEqual(lookAround(seat), before, `before call ${nth}`);
  return true;
}

/** Do something with Esc before its first call, its second, and so on; how many calls it makes. */
async function escapeEverywhere(act) {
  const seat = open();
  const prepared = await act.prepare(seat);
  const { length } = seat.fake.log;
  await act.run(seat, prepared);
  const most = seat.fake.log.length - length + 1;
  const ended = await Promise.all(
    Array.from({ length: most }, (_, index) => escapeBefore(index + 1, act)),
  );
  const calls = ended.indexOf(false);
  assert.ok(!ended.includes(true, calls), "Esc at a later call ended it, at an earlier one not");
  return calls;
}

for (const scope of ["document", "layer", "selection"]) {
  test(`Esc at any call ends the reading of a ${scope}, and nothing is left of it`, async () => {
    const act = { prepare: () => null, run: ({ handle }) => handle.read(scope) };
    assert.ok((await escapeEverywhere(act)) > 5);
  });
}

const placings = {
  "on top": ON_TOP,
  "above the active layer, hiding": { ...ON_TOP, placement: "above_active", hideOriginals: true },
  "instead of the last": { ...ON_TOP, replace: true },
  "into a new document": { ...ON_TOP, placement: "new_document" },
};
for (const [name, choices] of Object.entries(placings)) {
  test(`Esc at any call of placing ${name} takes everything back`, async () => {
    const prepare = async ({ handle }) => {
      const picture = await handle.read("document");
      const layers = desk.stackFor(picture);
      if (choices.replace) {
        await handle.place(layers, picture, "Layers: figure", ON_TOP, NEVER);
      }
      return { picture, layers };
    };
    const run = ({ handle }, { picture, layers }) =>
      handle.place(layers, picture, "Layers: figure", choices, NEVER);
    assert.ok((await escapeEverywhere({ prepare, run })) > 30);
  });

  test(`our own cancel between two layers of placing ${name} takes everything back`, async () => {
    for (const patience of [0, 1, 2, 3, 4, 5]) {
      const seat = open();
      const picture = await seat.handle.read("document");
      const layers = desk.stackFor(picture);
      const before = lookAround(seat);
      let asked = 0;
      const isCancelled = () => (asked += 1) > patience;
      const placing = seat.handle.place(layers, picture, "Layers: figure", choices, isCancelled);
      assert.ok((await outcome(placing)) instanceof Cancelled, `after ${patience}`);
      assert.deepEqual(lookAround(seat), before);
    }
  });
}

test("a document that is not in front is decomposed, and the one in front stays there", async () => {
  const seat = open();
  const { fake, handle, document, other } = seat;
  for (const scope of ["document", "layer", "selection"]) {
    const before = lookAround(seat);
    const picture = await handle.read(scope);
    assert.deepEqual(lookAround(seat), before);
    await handle.place(desk.stackFor(picture), picture, "Layers: figure", ON_TOP, NEVER);
    assert.equal(fake.activeDocument.id, other.id);
    assert.deepEqual(desk.stateOf(fake, other), before.states[1]);
    assert.equal(document.layers[0].name, "Layers: figure");
  }
});

test("a document that was closed meanwhile refuses", async () => {
  const seat = open();
  const { fake, handle, document } = seat;
  const picture = await handle.read("document");
  assert.ok(handle.isOpen());
  fake.closeDocument(document);
  assert.ok(!handle.isOpen());
  const sentence = "“figure” is not open any more; open it and decompose it again.";
  assert.equal(await desk.refusal(handle.read("document")), sentence);
  const placing = handle.place(desk.stackFor(picture), picture, "Layers", ON_TOP, NEVER);
  assert.equal(await desk.refusal(placing), sentence);
});

test("a document that was changed meanwhile refuses, unless a new one is wanted", async () => {
  const changes = [
    ["size", (document) => Object.assign(document._open, { width: 14 })],
    ["size", (document) => Object.assign(document._open, { height: 9 })],
    ["color mode", (document) => Object.assign(document._open, { depth: 16 })],
    ["color mode", (document) => Object.assign(document._open, { mode: "grayscaleMode" })],
    ["color profile", (document) => Object.assign(document._open, { profile: "Display P3" })],
  ];
  for (const [what, change] of changes) {
    const seat = open();
    const picture = await seat.handle.read("document");
    const layers = desk.stackFor(picture);
    change(seat.document);
    const placing = seat.handle.place(layers, picture, "Layers: figure", ON_TOP, NEVER);
    const sentence =
      `“figure” changed its ${what} meanwhile; ` +
      "decompose it again, or put the layers into a new document.";
    assert.equal(await desk.refusal(placing), sentence);
    const choices = { ...ON_TOP, placement: "new_document" };
    await seat.handle.place(layers, picture, "Layers: figure", choices, NEVER);
    assert.equal(seat.fake.activeDocument.title, "Layers: figure");
  }
});

test("what Photoshop does not take is told in its words, and nothing of it is left", async () => {
  const seat = open();
  const { fake, handle } = seat;
  const picture = await handle.read("document");
  const layers = desk.stackFor(picture);
  const before = lookAround(seat);
  const broken = [...layers.slice(0, 3), { ...layers[3], width: layers[3].width + 1 }];
  const sentence = await desk.refusal(handle.place(broken, picture, "Layers", ON_TOP, NEVER));
  assert.match(
    sentence,
    /^Photoshop did not take the layers of “figure” .+ \(The buffer has .+\)\.$/,
  );
  assert.deepEqual(lookAround(seat), before);
  assert.deepEqual(fake.leaks(), []);
});

test("a fault in reading is told, and the scratch document is gone", async () => {
  const seat = open();
  const before = lookAround(seat);
  const duplicate = Object.getPrototypeOf(seat.document).duplicateLayers;
  Object.getPrototypeOf(seat.document).duplicateLayers = async () => {
    throw new Error("The command “Duplicate” is not available.\nReally.");
  };
  const sentence = await desk.refusal(seat.handle.read("layer"));
  Object.getPrototypeOf(seat.document).duplicateLayers = duplicate;
  assert.match(sentence, /^Photoshop can’t read “figure”; .+ \(The command .+ Really\)\.$/);
  assert.deepEqual(lookAround(seat), before);
});

test("a blend mode that is newer than the panel is refused before anything happens", async () => {
  const seat = open();
  const picture = await seat.handle.read("document");
  const layers = desk.stackFor(picture);
  layers[1].blendMode = "dissolve";
  const placing = seat.handle.place(layers, picture, "Layers", ON_TOP, NEVER);
  assert.match(await desk.refusal(placing), /“dissolve”; run “layer-bridge install photoshop”/);
});

test("every blend mode of the wire is one of Photoshop's", async () => {
  const { BLEND_MODES } = require("../../uxp_panel/protocol.js");
  const { BlendMode } = require("./fake_photoshop/constants.js");
  for (const blendMode of BLEND_MODES) {
    const seat = open();
    const picture = await seat.handle.read("document");
    const layers = desk.stackFor(picture);
    layers[1].blendMode = blendMode;
    await seat.handle.place(layers, picture, "Layers", ON_TOP, NEVER);
    const [, , shadow] = seat.document.layers[0].layers;
    assert.equal(shadow.blendMode, BlendMode[blendMode.replace("-", "").toUpperCase()]);
  }
});

test("while another plugin is modal, the canvas waits, then says so", async () => {
  for (const version of ["24.4.0", "26.9.0"]) {
    const seat = open({ version, millisecondsInSecond: 1 });
    seat.fake.anotherPluginIsModal({ attempts: 3 });
    await seat.handle.read("document");
    assert.equal(seat.pauses.length, 3);
    seat.fake.anotherPluginIsModal({ attempts: 100 });
    const sentence = await desk.refusal(seat.handle.read("document"));
    assert.match(
      sentence,
      /^Photoshop is busy with a dialog, .+; end that and try again \(.+\)\.$/,
    );
    const waited = seat.pauses.slice(3).reduce((sum, one) => sum + one, 0);
    assert.ok(waited >= 9000 && waited <= 11000, `${waited} ms`);
  }
});

test("our cancel ends the waiting for another plugin", async () => {
  const seat = open({ version: "24.4.0" });
  const picture = await seat.handle.read("document");
  const layers = desk.stackFor(picture);
  for (const act of [
    (isCancelled) => seat.handle.read("document", ON_TOP, isCancelled),
    (isCancelled) => seat.handle.place(layers, picture, "Layers", ON_TOP, isCancelled),
  ]) {
    seat.fake.anotherPluginIsModal({ attempts: 100 });
    seat.pauses.length = 0;
    assert.ok((await outcome(act(() => seat.pauses.length > 1))) instanceof Cancelled);
    assert.equal(seat.pauses.length, 2);
  }
});

test("Esc leaves no new document behind where none was open", async () => {
  const seat = open();
  const { fake, handle, canvas, document, other } = seat;
  const picture = await handle.read("document");
  const layers = desk.stackFor(picture);
  [document, other].forEach((one) => fake.closeDocument(one));
  fake.pressEscape({ before: "registerAutoCloseDocument" });
  const choices = { ...ON_TOP, placement: "new_document" };
  const placing = handle.place(layers, picture, "Layers", choices, NEVER);
  assert.ok((await outcome(placing)) instanceof Cancelled);
  assert.deepEqual(canvas.openDocuments(), []);
});

test("a new document that Photoshop does not close at once is closed the next time", async () => {
  const seat = open();
  const { fake, handle, canvas } = seat;
  const picture = await handle.read("document");
  const layers = desk.stackFor(picture);
  const choices = { ...ON_TOP, placement: "new_document" };
  const escape = () => {
    fake.pressEscape({ before: "registerAutoCloseDocument" });
    return outcome(handle.place(layers, picture, "Layers", choices, NEVER));
  };
  const prototype = Object.getPrototypeOf(seat.document);
  const { closeWithoutSaving } = prototype;
  prototype.closeWithoutSaving = async () => {
    throw new Error("The command “Close” is not available.");
  };
  assert.ok((await escape()) instanceof Cancelled);
  prototype.closeWithoutSaving = closeWithoutSaving;
  assert.equal(canvas.openDocuments().length, 3);
  assert.ok((await escape()) instanceof Cancelled);
  assert.equal(canvas.openDocuments().length, 2);
});
