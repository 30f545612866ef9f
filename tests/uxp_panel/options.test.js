"use strict";

// An engine's options as the panel reads, keeps and sends them.

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");

const { MessageError, decomposeHeader, readWelcome } = require("../../uxp_panel/messages.js");
const { Options, optionsOf, readOptions, valuesOf } = require("../../uxp_panel/options.js");
const { DEFAULTS } = require("../../uxp_panel/settings.js");
const { begin, withRig } = require("./plugin_rig.js");
const { OPTIONS, WELCOME, request } = require("./session_host.js");

const SIZE = { width: 2, height: 1, depth: 8 };
const USUAL = { pencil: 0, grain: 0.5, paper: "white", tidy: false };
const engine = (name, options) => ({ name, ready: true, detail: "", options });

/** The choices of a panel that a server with these engines welcomed. */
function panel(engines, kept = {}) {
  const session = { welcome: readWelcome({ ...WELCOME, engines }) };
  const plugin = { session, settings: { ...DEFAULTS, options: kept } };
  plugin.choose = (choices) => Object.assign(plugin.settings, choices);
  return { settings: plugin.settings, options: new Options(plugin) };
}

test("options are read as they are told", () => {
  assert.deepEqual(readOptions(OPTIONS), OPTIONS);
});

test("they are those of the vectors", () => {
  const file = path.join(__dirname, "..", "vectors", "sessions", "options.json");
  const { lines } = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(lines[1].header.engines[0].options, OPTIONS);
});

test("what a later server says more is passed over", () => {
  const wheel = { kind: "wheel", name: "hue", spokes: 7 };
  const odd = { kind: "toString", name: "hue" };
  assert.deepEqual(readOptions([wheel, odd, { ...OPTIONS[3], mood: "calm" }]), [OPTIONS[3]]);
});

test("an earlier server has engines without options", () => {
  const welcome = readWelcome(WELCOME);
  assert.deepEqual(optionsOf(welcome, "builtin"), []);
  assert.deepEqual(optionsOf(welcome, "quantum"), []);
  assert.deepEqual(optionsOf(null, "builtin"), []);
});

for (const odd of [
  7,
  {},
  { kind: "switch" },
  { ...OPTIONS[0], most: "64" },
  { ...OPTIONS[0], least: null },
  { ...OPTIONS[0], default: 1e999 },
  { ...OPTIONS[2], choices: [1] },
  { ...OPTIONS[2], choices: 1 },
]) {
  test(`an option that is told wrongly is a fault of the message: ${JSON.stringify(odd)}`, () => {
    assert.throws(() => readOptions([odd]), MessageError);
  });
}

for (const kept of [undefined, null, {}, [], "x", 3, { mood: "calm" }]) {
  test(`what was not chosen has its default: ${JSON.stringify(kept)}`, () => {
    assert.deepEqual(valuesOf(OPTIONS, kept), USUAL);
  });
}

test("what was chosen stays", () => {
  const kept = { pencil: 64, grain: 1, paper: "toned", tidy: true };
  assert.deepEqual(valuesOf(OPTIONS, kept), kept);
});

for (const kept of [
  { pencil: 65 },
  { pencil: -1 },
  { pencil: 1.5 },
  { pencil: true },
  { pencil: "6" },
  { pencil: NaN },
  { grain: Infinity },
  { grain: null },
  { paper: "sand" },
  { paper: ["white"] },
  { tidy: 1 },
  { tidy: null },
]) {
  const [[name, value]] = Object.entries(kept);
  test(`a value that the engine does not take any more has its default: ${name} ${value}`, () => {
    assert.deepEqual(valuesOf(OPTIONS, kept), USUAL);
  });
}

test("a choice is kept for its engine, where it is not the engine's own", () => {
  const { options, settings } = panel([engine("builtin", OPTIONS)], { diffusion: { steps: 30 } });
  options.choose("pencil", 6);
  options.choose("tidy", true);
  options.choose("tidy", false);
  assert.deepEqual(settings.options, { diffusion: { steps: 30 }, builtin: { pencil: 6 } });
  assert.deepEqual(options.values, { ...USUAL, pencil: 6 });
  assert.equal(options.changes, 1);
});

test("each engine has its own", () => {
  const steps = { ...OPTIONS[0], name: "steps", least: 1, default: 20 };
  const engines = [engine("builtin", OPTIONS), engine("diffusion", [steps]), engine("plain", [])];
  const { options, settings } = panel(engines, { builtin: { pencil: 6 } });
  settings.engine = "diffusion";
  assert.deepEqual(options.values, { steps: 20 });
  settings.engine = "plain";
  assert.deepEqual(options.values, {});
  settings.engine = "builtin";
  assert.deepEqual(options.values, { ...USUAL, pencil: 6 });
});

test("Reset gives every option its default", () => {
  const kept = { builtin: { pencil: 6 }, diffusion: { steps: 30 } };
  const { options, settings } = panel([engine("builtin", OPTIONS)], kept);
  options.reset();
  assert.deepEqual(options.values, USUAL);
  assert.equal(options.changes, 0);
  assert.deepEqual(settings.options, { builtin: {}, diffusion: { steps: 30 } });
});

test("a job carries a value for each option, and no word of any where there are none", () => {
  const job = (options) => ({ id: "job-1", request: request("Mio", { options }) });
  assert.deepEqual(decomposeHeader(job({ pencil: 6 }), SIZE).options, { pencil: 6 });
  assert.ok(!("options" in decomposeHeader(job({}), SIZE)));
});

test("Decompose asks with the options as they stand", () =>
  withRig(["Mio"], async (rig) => {
    rig.server.welcome.engines = [engine("builtin", OPTIONS)];
    const plugin = await rig.start();
    plugin.options.choose("paper", "toned");
    const { header } = await begin(rig, plugin);
    assert.deepEqual(header.options, { ...USUAL, paper: "toned" });
  }));
