"use strict";

// The fake Photoshop's history, and what the artist's Esc does to it.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { confetti } = require("./fake_photoshop/scenes.js");

const OPTIONS = { commandName: "Test" };

function started(options = {}) {
  const fake = new FakePhotoshop(options);
  const paint = confetti({ width: 8, height: 8 });
  const layers = [
    { name: "Ink", ...paint },
    { name: "Paint", ...paint },
  ];
  const document = fake.openDocument({ title: "Study", width: 8, height: 8, layers });
  return { fake, document, ...fake.photoshop };
}

/** Change a document with its history suspended. */
function suspended(core, document, work, commit = true) {
  return core.executeAsModal(async (context) => {
    const { suspendHistory, resumeHistory } = context.hostControl;
    const suspension = await suspendHistory({ documentID: document.id, name: "Decompose" });
    await work(suspension);
    await resumeHistory(suspension, commit);
  }, OPTIONS);
}

const names = (document) => document.layers.map((layer) => layer.name);

test("each change is a state of its own", async () => {
  const { fake, document, core } = started();
  await core.executeAsModal(async () => {
    const layer = await document.createPixelLayer();
    layer.name = "Other";
  }, OPTIONS);
  assert.deepEqual(fake.history(document), ["Open", "New Layer", "Set name"]);
  assert.equal(document.activeHistoryState.name, "Set name");
});

test("a suspension makes one state of all, which one undo takes back", async () => {
  const { fake, document, core } = started();
  const before = fake.tree(document);
  await suspended(core, document, async () => {
    await document.createLayerGroup({ name: "Group", fromLayers: document.layers });
    await document.createPixelLayer({ name: "New" });
  });
  assert.deepEqual(fake.history(document), ["Open", "Decompose"]);
  const after = fake.tree(document);
  fake.undo(document);
  assert.deepEqual(fake.tree(document), before);
  fake.redo(document);
  assert.deepEqual(fake.tree(document), after);
});

test("what was undone is forgotten once something else is done", async () => {
  const { fake, document, core } = started();
  const make = (name) => core.executeAsModal(() => document.createPixelLayer({ name }), OPTIONS);
  await make("One");
  await make("Two");
  fake.undo(document);
  fake.undo(document);
  await make("Three");
  assert.deepEqual(fake.history(document), ["Open", "New Layer"]);
  assert.deepEqual(names(document), ["Three", "Ink", "Paint"]);
  assert.throws(() => fake.redo(document), /no such history state/);
});

test("a state can be chosen", async () => {
  const { fake, document, core } = started();
  await core.executeAsModal(async () => {
    const [first] = document.historyStates;
    await document.createPixelLayer();
    document.activeHistoryState = first;
  }, OPTIONS);
  assert.deepEqual(names(document), ["Ink", "Paint"]);
  assert.equal(fake.history(document).length, 2);
});

test("a state can be renamed at its end", async () => {
  const { fake, document, core } = started();
  await suspended(core, document, async (suspension) => {
    await document.createPixelLayer();
    suspension.finalName = "Decompose into 1 layer";
  });
  assert.deepEqual(fake.history(document), ["Open", "Decompose into 1 layer"]);
});

test("a suspension in which nothing changed makes no state", async () => {
  const { fake, document, core } = started();
  await suspended(core, document, async () => undefined);
  assert.deepEqual(fake.history(document), ["Open"]);
});

test("resuming without commit rolls back, eyes and active layers too", async () => {
  const { fake, document, core } = started();
  const before = [fake.tree(document), document.activeLayers[0].id];
  const work = async () => {
    document.layers[1].visible = false;
    await document.createPixelLayer();
  };
  await suspended(core, document, work, false);
  assert.deepEqual([fake.tree(document), document.activeLayers[0].id], before);
  assert.deepEqual(fake.history(document), ["Open"]);
});

test("a scope that throws rolls back what is suspended, one that returns commits it", async () => {
  const { fake, document, core } = started();
  const scope = (throwing) =>
    core.executeAsModal(async ({ hostControl }) => {
      await hostControl.suspendHistory({ documentID: document.id, name: "Decompose" });
      await document.createPixelLayer({ name: "New" });
      if (throwing) throw new Error("no");
    }, OPTIONS);
  await assert.rejects(scope(true), /no/);
  assert.deepEqual(names(document), ["Ink", "Paint"]);
  await scope(false);
  assert.deepEqual(names(document), ["New", "Ink", "Paint"]);
  assert.deepEqual(fake.history(document), ["Open", "Decompose"]);
});

test("changes of another document are not part of a suspension", async () => {
  const { fake, document, core, app } = started();
  const other = fake.openDocument({ width: 4, height: 4, layers: [{ name: "A" }] });
  await suspended(core, document, async () => {
    await other.createPixelLayer();
    app.activeDocument = document;
    await document.createPixelLayer();
  });
  assert.deepEqual(fake.history(document), ["Open", "Decompose"]);
  assert.deepEqual(fake.history(other), ["Open", "New Layer"]);
});

test("a suspension is resumed once, and a document suspended once", async () => {
  const { document, core } = started();
  await core.executeAsModal(async ({ hostControl: { suspendHistory, resumeHistory } }) => {
    const suspension = await suspendHistory({ documentID: document.id, name: "A" });
    await assert.rejects(suspendHistory({ documentID: document.id, name: "B" }), /already/);
    await resumeHistory(suspension);
    await assert.rejects(resumeHistory(suspension), /not suspended/);
  }, OPTIONS);
});

test("undo leaves eyes as they are, unless the switch says so", async () => {
  for (const visibilityUndoable of [false, true]) {
    const { fake, document, core } = started({ visibilityUndoable });
    await suspended(core, document, async () => {
      await document.createPixelLayer();
      document.layers[2].visible = false;
    });
    fake.undo(document);
    assert.equal(document.layers[1].visible, visibilityUndoable);
  }
});

test("an eye alone makes no state, unless the switch says so", async () => {
  for (const visibilityUndoable of [false, true]) {
    const { fake, document, core } = started({ visibilityUndoable });
    await core.executeAsModal(async () => {
      document.layers[0].visible = false;
    }, OPTIONS);
    assert.equal(fake.history(document).length, visibilityUndoable ? 2 : 1);
  }
});

test("after Esc each call throws, and what is suspended is rolled back", async () => {
  const { fake, document, core } = started();
  const before = fake.tree(document);
  let told = 0;
  let cancelled = false;
  const scope = core.executeAsModal(async (context) => {
    context.onCancel = () => told++;
    await context.hostControl.suspendHistory({ documentID: document.id, name: "Decompose" });
    await document.createPixelLayer();
    fake.pressEscape();
    cancelled = context.isCancelled;
    await assert.rejects(document.createPixelLayer(), /cancel/i);
    assert.throws(() => document.width, /cancel/i);
    await document.createPixelLayer();
  }, OPTIONS);
  await assert.rejects(scope, /cancel/i);
  assert.deepEqual([told, cancelled], [1, true]);
  assert.deepEqual(fake.tree(document), before);
  assert.equal(document.width, 8, "the scope has ended, and with it the cancellation");
});

test("Esc and a normal return commit what was done", async () => {
  const { fake, document, core } = started();
  await core.executeAsModal(async ({ hostControl }) => {
    await hostControl.suspendHistory({ documentID: document.id, name: "Decompose" });
    await document.createPixelLayer();
    fake.pressEscape();
  }, OPTIONS);
  assert.deepEqual(fake.history(document), ["Open", "Decompose"]);
});

test("Esc can come right before a call", async () => {
  const { fake, document, core } = started();
  fake.pressEscape({ before: "Document.createPixelLayer", nth: 2 });
  const scope = core.executeAsModal(async () => {
    await document.createPixelLayer({ name: "One" });
    await document.createPixelLayer({ name: "Two" });
  }, OPTIONS);
  await assert.rejects(scope, /cancel/i);
  assert.deepEqual(names(document), ["One", "Ink", "Paint"]);
});

test("documents that are registered close when the scope ends, unless they are let go", async () => {
  const { core, app } = started();
  await core.executeAsModal(async ({ hostControl }) => {
    for (const name of ["Scratch", "Kept"]) {
      const { id } = await app.documents.add({ name, width: 2, height: 2 });
      await hostControl.registerAutoCloseDocument(id);
      if (name === "Kept") await hostControl.unregisterAutoCloseDocument(id);
    }
    assert.equal(app.documents.length, 3);
  }, OPTIONS);
  assert.deepEqual(
    app.documents.map((document) => document.name),
    ["Study", "Kept"],
  );
});
