"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { openCanvas } = require("../../uxp_panel/canvas.js");
const { painting, sitDown } = require("./desk.js");
const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { pause } = require("./waiting.js");

const SIZE = { width: 4, height: 4 };
const pixels = painting(4, 4);

test("no document is active without one, however Photoshop says so", () => {
  for (const noDocument of ["null", "throws"]) {
    const { canvas } = sitDown({ noDocument });
    assert.equal(canvas.activeDocument(), null);
    assert.deepEqual(canvas.openDocuments(), []);
  }
});

test("handles of a document are equal", () => {
  const { fake, canvas } = sitDown();
  fake.openDocument({ title: "first.psd", ...SIZE, pixels });
  fake.openDocument({ title: "second.tiff", ...SIZE, pixels });
  const opened = canvas.openDocuments();
  assert.deepEqual(
    opened.map((document) => document.title),
    ["first", "second"],
  );
  assert.ok(canvas.activeDocument().equals(opened[1]));
  assert.ok(!opened[0].equals(opened[1]));
  assert.ok(!opened[0].equals(null));
  assert.notEqual(opened[0].id, opened[1].id);
});

test("a title is the name without a file's suffix", () => {
  const { fake, canvas } = sitDown();
  for (const [name, title] of [
    ["figure.psd", "figure"],
    ["scan 3.jpeg", "scan 3"],
    ["draft v1.2", "draft v1.2"],
    ["Untitled-1", "Untitled-1"],
    ["Cover v1.final", "Cover v1.final"],
    ["Dr. Who.v2", "Dr. Who.v2"],
    ["Cover v1.final.psd", "Cover v1.final"],
    ["photo.CR3", "photo"],
    ["  two\n lines\t.png", "two lines"],
    ["😀".repeat(81), `${"😀".repeat(79)}…`],
    [`${"a".repeat(80)}.psb`, "a".repeat(80)],
    [".psd", "Unnamed"],
  ]) {
    fake.openDocument({ title: name, ...SIZE, pixels });
    assert.equal(canvas.activeDocument().title, title);
  }
});

test("a document is brought to the front, and a closed one is let be", async () => {
  const { fake, canvas } = sitDown();
  const first = fake.openDocument({ title: "first", ...SIZE, pixels });
  fake.openDocument({ title: "second", ...SIZE, pixels });
  const [one, two] = canvas.openDocuments();
  await canvas.activate(one);
  assert.ok(canvas.activeDocument().equals(one));
  await canvas.activate(two);
  fake.closeDocument(first);
  await canvas.activate(one);
  assert.ok(canvas.activeDocument().equals(two));
});

test("no modal scope is opened for the document that is in front already", async () => {
  const { fake, canvas } = sitDown();
  fake.openDocument({ title: "first", ...SIZE, pixels });
  await canvas.activate(canvas.activeDocument());
  assert.ok(!fake.log.includes("executeAsModal"));
});

test("a Photoshop that is busy is let be as well", async () => {
  const { fake, canvas } = sitDown({ version: "24.4.0" });
  fake.openDocument({ title: "first", ...SIZE, pixels });
  fake.openDocument({ title: "second", ...SIZE, pixels });
  fake.anotherPluginIsModal({ attempts: 99 });
  const [one, two] = canvas.openDocuments();
  await canvas.activate(one);
  assert.ok(canvas.activeDocument().equals(two));
});

test("whoever listens is told when documents change, until they stop", async () => {
  const { fake, canvas } = sitDown();
  let told = 0;
  const stop = canvas.onDocumentsChanged(() => (told += 1));
  const document = fake.openDocument({ title: "first", ...SIZE, pixels });
  await pause(2);
  assert.ok(told >= 1);
  const afterOpening = told;
  fake.closeDocument(document);
  await pause(2);
  assert.ok(told > afterOpening);
  const atTheEnd = told;
  stop();
  fake.openDocument({ title: "second", ...SIZE, pixels });
  await pause(2);
  assert.equal(told, atTheEnd);
});

test("readings that are asked for at once are done one after another", async () => {
  const { fake, canvas } = sitDown();
  fake.openDocument({ title: "first", ...SIZE, pixels });
  const handle = canvas.activeDocument();
  const [one, two] = await Promise.all([handle.read("document"), handle.read("document")]);
  assert.deepEqual(one.message, two.message);
  assert.equal(fake.deepestModal, 1);
});

test("the canvas says which Photoshop it is in", () => {
  const { photoshop } = new FakePhotoshop();
  assert.equal(openCanvas(photoshop, "26.9.0").hostVersion(), "26.9.0");
});
