"use strict";

// The report for a bug thread, and the log that it quotes.

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { LOG_LINES, Log, MAX_CHARACTERS, report } = require("../../uxp_panel/diagnostics.js");
const { PROTOCOL_VERSION, VERSION } = require("../../uxp_panel/protocol.js");
const { DEFAULTS } = require("../../uxp_panel/settings.js");
const { readWelcome } = require("../../uxp_panel/messages.js");
const { OPTIONS, WELCOME } = require("./session_host.js");

const OFFLINE = { state: "offline", reason: "No server answers.", welcome: null };
const NOON = () => new Date(Date.UTC(2026, 0, 2, 12));

function reported(log, session = OFFLINE, settings = DEFAULTS) {
  return report("25.1.0", settings, session, log);
}

test("it has versions, the connection, the settings and the log", () => {
  const log = new Log(NOON);
  log.add("something happened");
  const settings = { ...DEFAULTS, port: 9000, hideOriginals: true };
  assert.equal(
    reported(log, OFFLINE, settings),
    [
      "Layer Bridge diagnostics",
      `panel ${VERSION}, protocol ${PROTOCOL_VERSION}`,
      "Photoshop 25.1.0",
      "connection: offline No server answers.",
      "server: none",
      "port: 9000",
      "choices: builtin, production, document, top, originals hidden",
      "options: none",
      "",
      "log:",
      "2026-01-02T12:00:00.000Z something happened",
    ].join("\n"),
  );
});

test("it has the options of the chosen engine", () => {
  const welcome = readWelcome({
    ...WELCOME,
    engines: [{ name: "builtin", ready: true, detail: "", options: OPTIONS }],
  });
  const settings = { ...DEFAULTS, options: { builtin: { pencil: 6, paper: "sand" } } };
  const text = reported(new Log(), { state: "ready", reason: "", welcome }, settings);
  assert.match(text, /^options: pencil 6, grain 0.5, paper white, tidy false$/m);
});

test("it has the server's engines", () => {
  const engines = [
    { ...WELCOME.engines[0], options: [] },
    {
      name: "diffusion",
      ready: false,
      detail: "Its weights are not in /home/wilma/weights.",
      options: [],
    },
  ];
  const text = reported(new Log(), {
    state: "ready",
    reason: "",
    welcome: { ...WELCOME, engines },
  });
  assert.match(text, /^server \d/m);
  assert.match(text, /^engines: builtin \(ready\), diffusion \(Its weights are not in …\)$/m);
  assert.match(text, /^connection: ready$/m);
});

for (const private_ of [
  "C:\\Users\\wilma\\art\\mio.psd",
  "/Users/wilma kay/My art/mio.psd",
  "~/art/wilma.psd",
  "file:///Users/wilma/mio.psd",
]) {
  test(`no folder and no file is in it: ${private_}`, () => {
    const log = new Log();
    log.fault(new Error(`cannot open "${private_}"`));
    log.add(`cannot open ${private_}`);
    assert.doesNotMatch(reported(log), /wilma|kay|mio/);
    assert.match(reported(log), /cannot open/);
  });
}

test("no folder is in it where the host said why it cannot connect", () => {
  const session = { ...OFFLINE, reason: "Not permitted (see /Users/wilma/manifest.json)." };
  const text = reported(new Log(), session);
  assert.match(text, /^connection: offline Not permitted \(see …\)\.$/m);
});

test("no title of a document is in it", () => {
  const log = new Log();
  log.fault(new Error("the document Secret Commission 7.psd is gone"), "Secret Commission 7");
  assert.doesNotMatch(reported(log), /Secret/);
});

test("no name of a layer is in it, whatever is quoted in that", () => {
  const log = new Log();
  log.add("refused: The layer “Anna at “home””, 3” is empty; choose one.", "Mio");
  log.add("refused: The layer “Anna “the cat” sleeps” is empty; choose “Anna 2”.", "Mio");
  log.fault(new Error("no “Anna”"));
  assert.doesNotMatch(reported(log), /Anna|sleeps|cat/);
  assert.match(log.lines[1], /refused: The layer … is empty; choose …\.$/);
});

test("a fault has its place in the code, without the folders", () => {
  const log = new Log(NOON);
  const fault = new TypeError("it is not a function");
  fault.stack = [
    "TypeError: it is not a function",
    "    at Canvas.read (file:///Users/wilma kay/Adobe/UXP/canvas.js:12:3)",
    "    at C:\\Users\\wilma\\UXP\\main.js:4:5",
    "    at async placing.js:1:2",
  ].join("\n");
  log.fault(fault);
  assert.deepEqual(log.lines, [
    "2026-01-02T12:00:00.000Z fault TypeError: it is not a function",
    "    at Canvas.read (canvas.js:12:3)",
    "    at main.js:4:5",
    "    at async placing.js:1:2",
  ]);
});

test("what is no Error at all is a fault too", () => {
  const log = new Log();
  log.fault("just text");
  log.fault(undefined);
  assert.match(log.lines[0], /fault just text$/);
  assert.match(log.lines[1], /fault undefined$/);
});

test("the log is short, and the report fits into a comment", () => {
  const log = new Log();
  for (let at = 0; at < 500; at += 1) log.add(`line ${at} ${"x".repeat(1000)}`);
  assert.equal(log.lines.length, LOG_LINES);
  const text = reported(log);
  assert.ok(text.length <= MAX_CHARACTERS && text.length > MAX_CHARACTERS - 2000, text.length);
  assert.match(text, /line 499 /);
});
