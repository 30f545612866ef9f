"use strict";

// Settings: kept, read back, and tolerant of what does not fit.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const {
  DEFAULTS,
  KEY,
  loadSettings,
  readPort,
  saveSettings,
} = require("../../uxp_panel/settings.js");

/** A storage that holds one text. */
function holding(text) {
  return { getItem: (key) => (key === KEY ? text : null) };
}

test("settings come back as they were saved", () => {
  const settings = {
    port: 9000,
    engine: "diffusion",
    composition: "glow",
    scope: "layer",
    placement: "new_document",
    hideOriginals: true,
    options: { builtin: { detail: 70 } },
    showOptions: true,
  };
  const items = new Map();
  saveSettings({ setItem: (key, value) => items.set(key, value) }, settings);
  assert.deepEqual([...items.keys()], [KEY]);
  assert.deepEqual(loadSettings(holding(items.get(KEY))), settings);
});

test("with nothing kept all is default", () => {
  assert.deepEqual(loadSettings(holding(null)), DEFAULTS);
  assert.equal(DEFAULTS.port, 7347);
});

for (const text of ["", "{", "[]", "null", "3", '"scope"', "\u0000", '{"port": 7348']) {
  test(`broken settings give defaults: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(loadSettings(holding(text)), DEFAULTS);
  });
}

test("a composition that is longer than any name has its default", () => {
  const kept = holding(JSON.stringify({ composition: "x".repeat(5000) }));
  assert.deepEqual(loadSettings(kept), DEFAULTS);
});

test("a storage that cannot be read gives defaults", () => {
  const getItem = () => {
    throw new Error("the disk is gone");
  };
  assert.deepEqual(loadSettings({ getItem }), DEFAULTS);
});

for (const odd of [
  { scope: "sky" },
  { scope: 3 },
  { scope: ["layer"] },
  { placement: "below" },
  { engine: null },
  { engine: "" },
  { engine: "x".repeat(5000) },
  { hideOriginals: "no" },
  { options: null },
  { options: 3 },
  { options: [{}] },
  { showOptions: 1 },
  { port: "7347" },
  { port: 80 },
  { port: 65536 },
  { port: 7347.5 },
  { new: 1 },
]) {
  test(`what does not fit has its default: ${JSON.stringify(odd)}`, () => {
    const kept = holding(JSON.stringify({ composition: "glow", ...odd }));
    assert.deepEqual(loadSettings(kept), { ...DEFAULTS, composition: "glow" });
  });
}

for (const [typed, port] of [
  ["7347", 7347],
  [" 1024 ", 1024],
  ["65535", 65535],
  ["1023", null],
  ["65536", null],
  ["", null],
  ["7347.0", null],
  ["1e4", null],
  ["0x1cb3", null],
  ["-7347", null],
  ["port", null],
]) {
  test(`typed as a port: ${JSON.stringify(typed)}`, () => assert.equal(readPort(typed), port));
}
