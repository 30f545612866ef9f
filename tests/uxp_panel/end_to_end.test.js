"use strict";

// The panel's own code over the fake Photoshop, against a real `layer-bridge serve`.

const assert = require("node:assert/strict");
const { after, before, test } = require("node:test");
const { setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");

const { openCanvas } = require("../../uxp_panel/canvas.js");
const { Plugin } = require("../../uxp_panel/plugin.js");
const { COMPOSITIONS } = require("../../uxp_panel/protocol.js");
const { difference, opaqueIn, pixelsOf } = require("./desk.js");
const { FakePhotoshop } = require("./fake_photoshop/index.js");
const scenes = require("./fake_photoshop/scenes.js");
const { FakeStorage, MACHINE } = require("./plugin_rig.js");
const { FileOriginSocket, startChoosyServer, startServer } = require("./real_server.js");
const { until } = require("./waiting.js");

const PATIENCE_MS = 120000;
const CLIPBOARD = { writeText: async () => undefined };

let server;
before(async () => {
  server = await startServer();
});
after(() => server.kill());

/** Work with a panel that is connected, over documents of these descriptions. */
async function withPanel(descriptions, work, { port } = server) {
  const fake = new FakePhotoshop();
  const documents = descriptions.map((description) => fake.openDocument(description));
  const storage = new FakeStorage();
  const canvas = openCanvas(fake.photoshop, fake.version);
  const plugin = new Plugin({
    canvas,
    WebSocket: FileOriginSocket,
    storage,
    clipboard: CLIPBOARD,
    machine: MACHINE,
  });
  plugin.choose({ port });
  plugin.start();
  try {
    await until(() => plugin.session.state === "ready");
    await work({ fake, plugin, documents });
    assert.deepEqual(fake.leaks(), []);
    assert.equal(fake.deepestModal, 1);
  } finally {
    plugin.close();
  }
}

const idle = (plugin) => until(() => plugin.session.run === null, "all jobs are over", PATIENCE_MS);

const stage = (plugin) => {
  const { run } = plugin.session;
  return run && run.current && run.current.stage;
};

/** The layers look like the picture did, alone and over it, and one step back takes them away. */
function holdsPromise(fake, document, before) {
  const [group] = document.layers;
  assert.equal(group.name, `Layers: ${document.title}`);
  assert.ok(difference(before, fake.render(document, { only: group })) <= 2);
  assert.ok(difference(before, fake.render(document), opaqueIn(before)) <= 2);
  assert.equal(fake.history(document).length, 2);
  fake.undo(document);
  assert.ok(Buffer.from(fake.render(document).data.buffer).equals(Buffer.from(before.data.buffer)));
  assert.equal(document.layers.length, 1);
}

/** The layers are in a new document and look like the picture there; the old one is as it was. */
function holdsPromiseApart(fake, document, before, picture) {
  const { width, height, depth } = picture;
  const made = fake.activeDocument;
  assert.deepEqual([made.width, made.height, made.mode], [width, height, "RGBColorMode"]);
  assert.deepEqual(
    made.layers.map(({ name }) => name),
    [`Layers: ${document.title}`],
  );
  const source = { width, height, depth, data: pixelsOf(picture) };
  assert.ok(difference(source, fake.render(made)) <= 2);
  assert.deepEqual(fake.render(document), before);
  assert.equal(fake.history(document).length, 1);
}

/** A scene with each pixel `times` as wide and high. */
function enlarged({ width, height, pixels }, times) {
  const small = new Uint32Array(pixels.buffer);
  const large = new Uint32Array(width * height * times * times);
  for (let y = 0, at = 0; y < height * times; y += 1) {
    const row = Math.floor(y / times) * width;
    for (let x = 0; x < width; x += 1, at += times) {
      large.fill(small[row + x], at, at + times);
    }
  }
  const size = { width: width * times, height: height * times };
  return { ...size, pixels: new Uint8Array(large.buffer) };
}

const big = (times, paper = true) =>
  enlarged(scenes.apple({ width: 600, height: 400, paper }), times);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Bytes in buffers that somebody holds. */
function bytesHeld() {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** While a job runs, until it does no more: its picture is let go of, and nothing is modal. */
async function runsFreely({ fake, plugin }, bytesAtFirst) {
  const scopes = () => fake.log.filter((name) => name === "executeAsModal").length;
  await until(() => stage(plugin) === "running", "it runs", PATIENCE_MS);
  const entered = scopes();
  await until(() => bytesHeld() - bytesAtFirst < 2 ** 20, "the picture is let go of");
  assert.equal(stage(plugin), "running");
  const isOver = () => {
    if (stage(plugin) !== "running") return true;
    assert.equal(scopes(), entered);
    assert.ok(!fake.isModal);
    return false;
  };
  await until(isOver, "it ran", PATIENCE_MS);
}

test("a document of 6000 x 4000 pixels", async () => {
  const apple = { title: "apple", ...big(10, false) };
  await withPanel([apple], async ({ fake, plugin, documents: [document] }) => {
    const before = fake.render(document);
    const bytesAtFirst = bytesHeld();
    plugin.decompose();
    await runsFreely({ fake, plugin }, bytesAtFirst);
    await idle(plugin);
    assert.equal(plugin.error, "");
    assert.match(plugin.summary, /“apple”.* restack/);
    holdsPromise(fake, document, before);
  });
});

const small = scenes.apple({ width: 47, height: 39, paper: false });
const sixteen = Uint16Array.from(small.pixels, (value, at) =>
  Math.min(65535, value * 257 + (at % 4 === 3 ? 0 : (at * 31) % 200)),
);
const KINDS = {
  "odd size with alpha": small,
  background: { ...scenes.apple(), background: true },
  "16 bit": { ...small, depth: 16, pixels: sixteen },
  gray: { ...scenes.toGray(small), mode: "grayscale" },
  "16-bit gray": { ...scenes.toGray({ ...small, pixels: sixteen }), mode: "grayscale", depth: 16 },
  "one pixel": { width: 1, height: 1, pixels: Uint8Array.of(200, 40, 40, 255) },
  "every colour and alpha": scenes.confetti(),
  "a patch in nothing": scenes.patch(),
};

for (const composition of COMPOSITIONS) {
  for (const [kind, description] of Object.entries(KINDS)) {
    test(`${composition}, ${kind}`, async () => {
      const titled = { title: "Mio", ...description };
      await withPanel([titled], async ({ fake, plugin, documents: [document] }) => {
        const before = fake.render(document);
        plugin.choose({ composition });
        plugin.decompose();
        await idle(plugin);
        assert.equal(plugin.error, "");
        holdsPromise(fake, document, before);
      });
    });
  }
}

const CONVERTED = {
  CMYK: { ...small, mode: "CMYK" },
  "16-bit Lab": { ...small, mode: "Lab", depth: 16, pixels: sixteen },
  "32 bit": { ...small, depth: 32, pixels: sixteen },
  "32-bit gray": { ...scenes.toGray(small), mode: "grayscale", depth: 32 },
};

for (const composition of COMPOSITIONS) {
  for (const [kind, description] of Object.entries(CONVERTED)) {
    test(`${composition}, ${kind}, in a new document`, async () => {
      const titled = { title: "Mio", ...description };
      await withPanel([titled], async ({ fake, plugin, documents: [document] }) => {
        const before = fake.render(document);
        const picture = await plugin.active.read("document");
        plugin.choose({ composition });
        plugin.decompose();
        await idle(plugin);
        assert.equal(plugin.error, "");
        assert.match(plugin.notices.text, /^“Mio” .*, so its layers are in a new document\.$/m);
        holdsPromiseApart(fake, document, before, picture);
      });
    });
  }
}

test("cancel while the server works, then again", async () => {
  await withPanel([{ title: "apple", ...big(4) }], async ({ fake, plugin, documents }) => {
    const [document] = documents;
    const before = fake.render(document);
    plugin.decompose();
    await until(() => stage(plugin) === "running");
    plugin.cancel();
    await idle(plugin);
    assert.match(plugin.summary, /^Cancelled/);
    assert.deepEqual(fake.history(document).length, 1);
    plugin.decompose();
    await idle(plugin);
    holdsPromise(fake, document, before);
  });
});

test("the server is killed while it works, and started again", async () => {
  await withPanel([{ title: "apple", ...big(4) }], async ({ fake, plugin, documents }) => {
    const [document] = documents;
    const before = fake.render(document);
    plugin.decompose();
    await until(() => stage(plugin) === "running");
    const { port } = server;
    await server.kill();
    await idle(plugin);
    assert.match(plugin.error, /“apple” was not finished; decompose it again\.$/);
    assert.equal(fake.history(document).length, 1);
    assert.equal(plugin.session.state, "offline");
    server = await startServer(port);
    await until(() => plugin.session.state === "ready", "connected again", PATIENCE_MS);
    plugin.decompose();
    await idle(plugin);
    assert.equal(plugin.error, "");
    holdsPromise(fake, document, before);
  });
});

test("all open documents, of which one fails", async () => {
  const empty = { title: "empty", width: 20, height: 20, layers: [{ name: "Layer 1" }] };
  const first = { title: "first", ...scenes.apple() };
  const last = { title: "last", ...scenes.apple({ width: 60, height: 50 }) };
  await withPanel([first, empty, last], async ({ fake, plugin, documents }) => {
    fake.activate(documents[0]);
    const looks = documents.map((document) => fake.render(document));
    plugin.decomposeAll();
    await idle(plugin);
    await until(() => fake.activeDocument.id === documents[0].id);
    assert.equal(plugin.summary, "2 of 3 documents are decomposed.");
    assert.match(plugin.error, /^empty: “empty” shows nothing/);
    holdsPromise(fake, documents[0], looks[0]);
    holdsPromise(fake, documents[2], looks[2]);
    assert.equal(fake.history(documents[1]).length, 1);
  });
});

test("all open documents, of which the server fails at one", async () => {
  const choosy = await startChoosyServer();
  const first = { title: "first", ...scenes.apple() };
  const wide = { title: "wide", ...scenes.apple({ width: 65, height: 40 }) };
  const last = { title: "last", ...scenes.confetti() };
  const work = async ({ fake, plugin, documents }) => {
    const looks = documents.map((document) => fake.render(document));
    plugin.decomposeAll();
    await idle(plugin);
    assert.equal(plugin.summary, "2 of 3 documents are decomposed.");
    assert.equal(plugin.error, "wide: The picture needs more memory than is free; scale it down.");
    holdsPromise(fake, documents[0], looks[0]);
    holdsPromise(fake, documents[2], looks[2]);
    assert.equal(fake.history(documents[1]).length, 1);
  };
  try {
    await withPanel([first, wide, last], work, choosy);
  } finally {
    await choosy.kill();
  }
});

test("two panels at once each get their own layers", async () => {
  await withPanel([{ title: "one", ...scenes.apple() }], async (one) => {
    await withPanel([{ title: "two", ...scenes.confetti() }], async (two) => {
      const looks = [one, two].map(({ fake, documents }) => fake.render(documents[0]));
      one.plugin.decompose();
      two.plugin.decompose();
      await idle(one.plugin);
      await idle(two.plugin);
      holdsPromise(one.fake, one.documents[0], looks[0]);
      holdsPromise(two.fake, two.documents[0], looks[1]);
    });
  });
});
