"use strict";

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");

const { sendLargeMessage } = require("../../uxp_panel/large_message.js");
const { SelfTest } = require("../../uxp_panel/selftest.js");
const { openCanvas } = require("../../uxp_panel/canvas.js");
const { FakePhotoshop } = require("./fake_photoshop/index.js");
const { PluginRig } = require("./plugin_rig.js");
const { FileOriginSocket, startServer } = require("./real_server.js");

const SKIPPED = async () => ({ expected: true, text: "not asked" });

/** The report's lines as [verdict, rest], and the fake that it is about. */
async function reportOf(options, askServer = SKIPPED) {
  const fake = new FakePhotoshop(options);
  const front = fake.openDocument({ title: "Mio", width: 4, height: 4, background: true });
  const canvas = openCanvas(fake.photoshop, fake.version, async () => undefined);
  const report = await new SelfTest(canvas, askServer).run();
  const [heading, ...lines] = report.split("\n");
  assert.match(heading, /^Layer Bridge self-test: panel [\d.]+, Photoshop [\d.]+$/);
  assert.deepEqual(fake.leaks(), []);
  assert.deepEqual(
    Array.from(fake.photoshop.app.documents, ({ id }) => id),
    [front.id],
  );
  return lines.map((line) => [line.slice(0, 4).trim(), line.slice(6)]);
}

test("a Photoshop that is as the panel believes has nothing to look at", async () => {
  const lines = await reportOf({});
  assert.ok(lines.length >= 20);
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
  const lines = await reportOf({}, async () => {
    throw new Error("no way");
  });
  assert.deepEqual(lines[lines.length - 1], ["FAIL", "server, 96 MB in one message: no way"]);
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

test("without a server it says so", async () => {
  const finding = await sendLargeMessage(FileOriginSocket, 1);
  assert.deepEqual(finding, { expected: false, text: "No server answers at localhost:1." });
});

test("the artist starts it from the menu and copies the report", async () => {
  const rig = new PluginRig(["Mio"]);
  try {
    const plugin = await rig.start();
    rig.server.answer = (asking) => rig.server.progress(asking);
    const asked = [];
    plugin.onChanged(() => asked.push(plugin.notice));
    const done = plugin.selfTest();
    await plugin.selfTest();
    assert.match(plugin.error, /needs Photoshop for itself/);
    await done;
    assert.match(plugin.notice, /^Layer Bridge self-test: panel/);
    assert.match(plugin.notice, /\nok {4}16-bit scale/);
    assert.ok(asked.some((notice) => notice.startsWith("Self-test on scratch documents: ")));
    assert.equal(rig.photoshop.history(rig.documents[0]).length, 1);
  } finally {
    rig.close();
  }
});
