"use strict";

const assert = require("node:assert/strict");
const { spawnSync } = require("node:child_process");
const { after, before, test } = require("node:test");
const { WebSocketServer } = require("ws");

const { askPermission, sendLargeMessage } = require("../../uxp_panel/server_questions.js");
const { SelfTest } = require("../../uxp_panel/selftest.js");
const { BLENDINGS } = require("../../uxp_panel/specimen.js");
const { openCanvas } = require("../../uxp_panel/canvas.js");
const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { MACHINE, PluginRig } = require("./plugin_rig.js");
const { FileOriginSocket, PYTHON, ROOT, startServer } = require("./real_server.js");

/** The report's lines as [verdict, rest], and the fake that it is about. */
async function reportOf(options, others = {}) {
  const fake = new FakePhotoshop(options);
  const front = fake.openDocument({ title: "Mio", width: 4, height: 4, background: true });
  const canvas = openCanvas(fake.photoshop, fake.version, async () => undefined);
  const report = await new SelfTest(canvas, "Photoshop 26.9.0", others).run();
  const [heading, verdict, ...lines] = report.split("\n");
  assert.match(heading, /^Layer Bridge self-test: panel [\d.]+, Photoshop [\d.]+$/);
  assert.deepEqual(fake.leaks(), []);
  assert.deepEqual(
    Array.from(fake.photoshop.app.documents, ({ id }) => id),
    [front.id],
  );
  const odd = lines.filter((line) => !line.startsWith("ok ")).length;
  assert.ok(verdict.startsWith(odd ? `${odd} of ${lines.length} answers` : "All answers"), verdict);
  return lines.map((line) => [line.slice(0, 4).trim(), line.slice(6)]);
}

test("a Photoshop that is as the panel believes has nothing to look at", async () => {
  const lines = await reportOf({});
  assert.ok(lines.length >= 19);
  assert.deepEqual(
    lines.filter(([verdict]) => verdict !== "ok"),
    [],
  );
});

test("it says when alpha is premultiplied, and that the layers do not restack", async () => {
  const lines = await reportOf({ alpha: "premultiplied" });
  const look = lines.filter(([verdict]) => verdict === "LOOK").map(([, text]) => text);
  assert.ok(look.some((text) => /^alpha, writing: premultiplied/.test(text)));
  assert.ok(look.some((text) => /^alpha, reading: premultiplied/.test(text)));
  assert.ok(look.some((text) => /^restacking, RGB 8 bit.*\/255 off/.test(text)));
});

test("a question that Photoshop refuses does not end the others", async () => {
  const server = async () => {
    throw new Error("no way");
  };
  const lines = await reportOf({}, { server });
  assert.deepEqual(lines[lines.length - 1], ["FAIL", "server: no way"]);
});

test("it runs on the oldest Photoshop that the manifest allows", async () => {
  const lines = await reportOf({ version: "24.4.0", grayAlpha: true });
  assert.ok(lines.every(([verdict]) => verdict === "ok"));
});

let server;
before(async () => {
  server = await startServer();
});
after(() => server.kill());

test("a large message reaches a real server", async () => {
  const finding = await sendLargeMessage(FileOriginSocket, server.port);
  assert.ok(finding.expected, finding.text);
  assert.match(finding.text, /^arrived after \d+ ms$/);
});

test("a program that answers anything is told from a server", async () => {
  const other = new WebSocketServer({ port: 0 });
  other.on("connection", (socket) => socket.send(Buffer.of(9, 9, 9)));
  const finding = await sendLargeMessage(FileOriginSocket, other.address().port);
  other.close();
  assert.equal(finding.expected, false);
  assert.match(finding.text, /^the server's answer can’t be read/);
});

test("it says what leave the installed panel asks for, and whether it gets through", async () => {
  const readManifest = async () => '{"requiredPermissions": {"network": {"domains": "all"}}}';
  const denied = { welcome: null, reason: "Photoshop does not let it.", state: "offline" };
  assert.deepEqual(await askPermission(readManifest, denied, "localhost:7347"), {
    expected: false,
    text: "all; localhost:7347: Photoshop does not let it.",
  });
  const ready = { welcome: {}, reason: "", state: "ready" };
  const finding = await askPermission(MACHINE.readManifest, ready, "localhost:7347");
  assert.deepEqual(finding, { expected: true, text: "ws://localhost/; localhost:7347: ready" });
});

test("it asks for every blending that a composition of the server has", () => {
  const source =
    "from engine import COMPOSITIONS; import json; print(json.dumps([list(modes.values())[1:3] for modes in COMPOSITIONS.values()]))";
  const done = spawnSync(PYTHON, ["-c", source], { cwd: ROOT, encoding: "utf8" });
  assert.deepEqual(BLENDINGS, JSON.parse(done.stdout));
});

test("without a server it says so", async () => {
  const finding = await sendLargeMessage(FileOriginSocket, 1);
  assert.deepEqual(finding, { expected: false, text: "No server answers at localhost:1." });
});

test("the artist starts it and reads the report", async () => {
  const rig = new PluginRig(["Mio"]);
  try {
    const plugin = await rig.start();
    rig.server.answer = (asking) => rig.server.progress(asking);
    const done = plugin.selfTest();
    assert.equal(plugin.trial.question, "alpha, writing");
    await done;
    assert.equal(plugin.trial.question, "");
    assert.match(
      plugin.trial.report,
      /^Layer Bridge self-test: panel .*darwin 25\.1\.0\nAll answers/,
    );
    assert.match(
      plugin.trial.report,
      /\nok {4}permission: ws:\/\/localhost\/; localhost:7347: ready/,
    );
    assert.equal(rig.photoshop.history(rig.documents[0]).length, 1);
  } finally {
    rig.close();
  }
});
