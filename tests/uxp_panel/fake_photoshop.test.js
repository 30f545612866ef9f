"use strict";

// The fake Photoshop's documents, modal scopes and notifications.

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const vm = require("node:vm");

const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { apple } = require("./fake_photoshop/scenes.js");
const { OPTIONS, layered, names, started } = require("./fake_rig.js");

test("it needs nothing that only Node has", () => {
  const context = vm.createContext({ setTimeout });
  const loaded = new Map();
  const load = (file) => {
    if (!loaded.has(file)) {
      const module = { exports: {} };
      loaded.set(file, module);
      const source = `(function (module, require) {${readFileSync(file, "utf8")}\n})`;
      const requireNext = (name) => load(path.join(path.dirname(file), name));
      vm.runInContext(source, context)(module, requireNext);
    }
    return loaded.get(file).exports;
  };
  const index = load(path.join(__dirname, "fake_photoshop", "index.js"));
  const fake = new index.FakePhotoshop();
  const document = fake.openDocument({ title: "a", ...apple() });
  assert.equal(fake.render(document).data.length, 48 * 40 * 4);
});

test("a switch that it does not have is an error", () => {
  assert.throws(() => new FakePhotoshop({ alfa: "straight" }), /no switch "alfa"/);
});

test("without a document the active one is null, or throws", () => {
  assert.equal(started().app.activeDocument, null);
  assert.throws(() => started({ noDocument: "throws" }).app.activeDocument);
});

test("documents are listed, found by name and told apart by id", () => {
  const { fake, app } = started();
  const first = fake.openDocument({ title: "One", ...apple() });
  const second = fake.openDocument({ title: "Two", ...apple() });
  assert.deepEqual(names(app.documents), ["One", "Two"]);
  assert.equal(app.activeDocument.id, second.id);
  assert.equal(app.documents.getByName("One").id, first.id);
  assert.notEqual(app.documents[0], app.documents[0], "handles are made anew");
});

test("a closed document keeps only its id", () => {
  const { fake, app } = started();
  const document = layered(fake);
  const [ink] = document.layers;
  fake.closeDocument(document);
  assert.equal(typeof document.id, "number");
  assert.throws(() => document.width, /closed/);
  assert.throws(() => ink.name, /closed/);
  assert.equal(app.activeDocument, null);
});

test("nothing can be changed outside of a modal scope", async () => {
  const { fake, app, action } = started();
  const document = layered(fake);
  const refused = /only allowed from inside a modal scope/;
  await assert.rejects(document.createPixelLayer(), refused);
  await assert.rejects(document.createLayerGroup(), refused);
  await assert.rejects(app.documents.add(), refused);
  await assert.rejects(action.batchPlay([]), refused);
  assert.throws(() => document.layers[0].delete(), refused);
  assert.throws(() => (document.layers[0].name = "New"), refused);
  assert.throws(() => (app.activeDocument = document), refused);
  assert.deepEqual(fake.history(document), ["Open"]);
});

test("a command needs a name", async () => {
  const { core } = started();
  await assert.rejects(
    core.executeAsModal(async () => undefined, {}),
    /commandName/,
  );
  await assert.rejects(core.executeAsModal(async () => undefined));
});

test("a scope returns what its function returns", async () => {
  const { core } = started();
  assert.equal(await core.executeAsModal(async () => 7, OPTIONS), 7);
});

test("a scope rejects with what was thrown in it, or with its message only", async () => {
  for (const sameErrors of [false, true]) {
    const { fake, core } = started({ sameErrors });
    const scope = core.executeAsModal(async () => {
      throw new RangeError("mine");
    }, OPTIONS);
    const matches = (error) =>
      error.message === "mine" && error instanceof RangeError === sameErrors;
    await assert.rejects(scope, matches);
    assert.equal(fake.isModal, false);
  }
});

test("what a scope is given can't be spread", async () => {
  const { core } = started();
  await core.executeAsModal(
    async (context, descriptor) => {
      assert.deepEqual({ ...context }, {});
      assert.equal(context.isCancelled, false);
      assert.equal(descriptor.of, "mine");
    },
    { ...OPTIONS, descriptor: { of: "mine" } },
  );
});

test("before 25.10 another plugin's modal state refuses at once", async () => {
  const { fake, core } = started({ version: "25.9.1" });
  fake.anotherPluginIsModal({ milliseconds: 60000 });
  const busy = { number: 9, message: "host is in a modal state" };
  await assert.rejects(
    core.executeAsModal(async () => 1, { ...OPTIONS, timeOut: 9 }),
    busy,
  );
  fake.anotherPluginIsModal({});
  assert.equal(await core.executeAsModal(async () => 1, OPTIONS), 1);
});

test("since 25.10 a scope waits, then says who is modal", async () => {
  const { fake, core } = started({ version: "25.10.0" });
  fake.anotherPluginIsModal({ milliseconds: 8 });
  assert.equal(await core.executeAsModal(async () => 1, OPTIONS), 1);
  fake.anotherPluginIsModal({ attempts: 2 });
  for (let attempt = 0; attempt < 2; attempt++) {
    const busy = { number: 9, message: /^Plugin: .+ is running a modal command$/ };
    await assert.rejects(
      core.executeAsModal(async () => 1, OPTIONS),
      busy,
    );
  }
  assert.equal(await core.executeAsModal(async () => 1, OPTIONS), 1);
});

test("scopes can be nested, and how deep is remembered", async () => {
  const { fake, core } = started();
  await core.executeAsModal(() => core.executeAsModal(async () => 1, OPTIONS), OPTIONS);
  assert.equal(fake.deepestModal, 2);
});

test("without a fill a new document has a white Background", async () => {
  const { fake, core, app } = started();
  const document = await core.executeAsModal(
    () => app.createDocument({ width: 3, height: 2, profile: "Display P3" }),
    OPTIONS,
  );
  assert.equal(document.backgroundLayer.isBackgroundLayer, true);
  assert.equal(document.colorProfileName, "Display P3");
  assert.equal(document.colorProfileType, "customEnum");
  assert.ok(fake.render(document).data.every((byte) => byte === 255));
});

test("a document that can't be made is null before 26.9 and throws since", async () => {
  const options = { width: 3, height: 2, profile: "Nobody's" };
  const old = started({ version: "26.8.0" });
  assert.equal(await old.core.executeAsModal(() => old.app.documents.add(options), OPTIONS), null);
  const { core, app } = started();
  await assert.rejects(
    core.executeAsModal(() => app.documents.add(options), OPTIONS),
    /Nobody's/,
  );
});

test("notifications come later, and not from within a modal scope", async () => {
  const { fake, core, action } = started();
  const heard = [];
  const scopes = ["modalJavaScriptScopeEnter", "modalJavaScriptScopeExit"];
  const events = ["open", "close", "newDocument", ...scopes];
  await action.addNotificationListener(events, (event) => heard.push(event));
  const document = layered(fake);
  assert.deepEqual(heard, []);
  await core.executeAsModal(() => document.closeWithoutSaving(), OPTIONS);
  await Promise.resolve();
  assert.deepEqual(heard, ["open", ...scopes]);
});
